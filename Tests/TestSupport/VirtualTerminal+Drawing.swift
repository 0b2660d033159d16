import CPty

extension VirtualTerminal {
    mutating func control(_ byte: UInt8) {
        switch byte {
        case 7: bells += 1
        case 8: move(x: cursor.x - 1, y: cursor.y)
        case 9: move(x: min(columns - 1, (cursor.x / 8 + 1) * 8), y: cursor.y)
        case 10, 11, 12: lineFeed()
        case 13: move(x: 0, y: cursor.y)
        case 0, 14, 15, 0x18: break
        default: unknown.append("control \(byte)")
        }
    }

    mutating func put(_ scalar: Unicode.Scalar) {
        let width = Int(cpty_width(scalar.value))
        if width == 0 {
            if let place = lastPlace { grid[place.y][place.x].text.unicodeScalars.append(scalar) }
            return
        }
        guard width > 0 else {
            unknown.append("unprintable \(String(scalar.value, radix: 16))")
            return
        }
        if wrapPending || cursor.x + width > columns {
            // Without wrapping, what does not fit overwrites the last column.
            if modes.contains(7) {
                cursor.x = 0
                lineFeed()
            } else {
                cursor.x = columns - width
            }
        }
        wrapPending = false
        breakWide(cursor.x, width)
        grid[cursor.y][cursor.x] = Cell(text: String(Character(scalar)), look: look)
        if width == 2 { grid[cursor.y][cursor.x + 1] = Cell(text: "", look: look) }
        lastPrinted = scalar
        lastPlace = cursor
        if cursor.x + width >= columns {
            cursor.x = columns - 1
            wrapPending = modes.contains(7)
        } else {
            cursor.x += width
        }
    }

    /// Blanks the other half of wide characters that are about to be overwritten.
    private mutating func breakWide(_ x: Int, _ width: Int) {
        if grid[cursor.y][x].text.isEmpty, x > 0 { grid[cursor.y][x - 1].text = " " }
        let next = x + width
        if next < columns, grid[cursor.y][next].text.isEmpty { grid[cursor.y][next].text = " " }
    }

    mutating func move(x: Int, y: Int) {
        cursor = (max(0, min(columns - 1, x)), max(0, min(rows - 1, y)))
        lastPlace = nil
        wrapPending = false
    }

    private mutating func lineFeed() {
        wrapPending = false
        if cursor.y == margins.bottom {
            scroll(1, from: margins.top)
        } else {
            cursor.y = min(rows - 1, cursor.y + 1)
        }
    }

    mutating func reverseLineFeed() {
        wrapPending = false
        if cursor.y == margins.top { scroll(-1, from: margins.top) } else { cursor.y = max(0, cursor.y - 1) }
    }

    /// Moves the rows between `top` and the lower margin, up when positive.
    private mutating func scroll(_ count: Int, from top: Int) {
        let blank = Array(repeating: erased, count: columns)
        for _ in 0..<min(abs(count), rows) {
            if count > 0 {
                grid.remove(at: top)
                grid.insert(blank, at: margins.bottom)
            } else {
                grid.remove(at: margins.bottom)
                grid.insert(blank, at: top)
            }
        }
    }

    /// What erasing leaves: a blank in the current background.
    private var erased: Cell { Cell(text: " ", look: Look(background: look.background)) }

    mutating func sequence(_ body: String, _ final: Character) {
        let isPrivate = body.hasPrefix("?")
        let numbers = body.drop { "?><=!".contains($0) }.split(
            separator: ";", omittingEmptySubsequences: false
        )
        .map { Int($0.prefix { $0.isNumber }) ?? 0 }
        func number(_ index: Int) -> Int { index < numbers.count && numbers[index] > 0 ? numbers[index] : 1 }
        switch (final, isPrivate) {
        case ("H", false), ("f", false): move(x: number(1) - 1, y: number(0) - 1)
        case ("G", false): move(x: number(0) - 1, y: cursor.y)
        case ("d", false): move(x: cursor.x, y: number(0) - 1)
        case ("A", false): move(x: cursor.x, y: cursor.y - number(0))
        case ("B", false): move(x: cursor.x, y: cursor.y + number(0))
        case ("C", false): move(x: cursor.x + number(0), y: cursor.y)
        case ("D", false): move(x: cursor.x - number(0), y: cursor.y)
        case ("Z", false): move(x: max(0, (cursor.x - 1) / 8 * 8), y: cursor.y)
        case ("J", false): eraseDisplay(numbers.first ?? 0)
        case ("K", false): eraseLine(numbers.first ?? 0)
        case ("X", false): erase(cursor.x..<min(columns, cursor.x + number(0)), row: cursor.y)
        case ("@", false): insertBlanks(number(0))
        case ("P", false): deleteCharacters(number(0))
        case ("L", false): if inMargins { scroll(-number(0), from: cursor.y) }
        case ("M", false): if inMargins { scroll(number(0), from: cursor.y) }
        case ("S", false): scroll(number(0), from: margins.top)
        case ("T", false): scroll(-number(0), from: margins.top)
        case ("b", false): if let lastPrinted { for _ in 0..<number(0) { put(lastPrinted) } }
        case ("r", false):
            let bottom = numbers.count > 1 && numbers[1] > 0 ? min(numbers[1], rows) : rows
            guard number(0) < bottom || rows == 1 else { break }
            margins = (number(0) - 1, bottom - 1)
            move(x: 0, y: 0)
        case ("m", false): render(body)
        case ("h", true): for mode in numbers { setMode(mode, true) }
        case ("l", true): for mode in numbers { setMode(mode, false) }
        case ("p", true) where body.hasSuffix("$"):
            let answer = !hasSynchronizedUpdates ? 0 : modes.contains(number(0)) ? 1 : 2
            replies += Array("\u{1B}[?\(number(0));\(answer)$y".utf8)
        case ("c", false): replies += Array("\u{1B}[?62;22c".utf8)
        case ("h", false), ("l", false), ("t", false), ("p", false): break
        default: unknown.append("CSI \(body)\(final)")
        }
    }

    private var inMargins: Bool { cursor.y >= margins.top && cursor.y <= margins.bottom }

    private mutating func setMode(_ mode: Int, _ on: Bool) {
        if mode == 1049, on != modes.contains(1049) {
            if on {
                (savedMain, savedCursor) = (grid, cursor)
                grid = Array(repeating: Array(repeating: Cell(), count: columns), count: rows)
            } else if let savedMain {
                grid = savedMain
                resize(columns: columns, rows: rows)
                move(x: savedCursor.x, y: savedCursor.y)
            }
        }
        if mode == 2026, !on, modes.contains(2026) { updates += 1 }
        if on { modes.insert(mode) } else { modes.remove(mode) }
    }

    private mutating func erase(_ range: Range<Int>, row: Int) {
        for x in range { grid[row][x] = erased }
        wrapPending = false
    }

    private mutating func eraseLine(_ part: Int) {
        switch part {
        case 0: erase(cursor.x..<columns, row: cursor.y)
        case 1: erase(0..<(cursor.x + 1), row: cursor.y)
        default: erase(0..<columns, row: cursor.y)
        }
    }

    private mutating func eraseDisplay(_ part: Int) {
        if part == 0 || part == 1 { eraseLine(part) }
        let others = part == 0 ? (cursor.y + 1)..<rows : part == 1 ? 0..<cursor.y : 0..<rows
        for row in others { erase(0..<columns, row: row) }
    }

    private mutating func insertBlanks(_ count: Int) {
        for _ in 0..<min(count, columns) {
            grid[cursor.y].insert(erased, at: cursor.x)
            grid[cursor.y].removeLast()
        }
    }

    private mutating func deleteCharacters(_ count: Int) {
        for _ in 0..<min(count, columns - cursor.x) {
            grid[cursor.y].remove(at: cursor.x)
            grid[cursor.y].append(erased)
        }
    }

    private mutating func render(_ body: String) {
        var codes = body.split(whereSeparator: { $0 == ";" || $0 == ":" }).compactMap { Int($0) }[...]
        if codes.isEmpty { codes = [0] }
        while let code = codes.popFirst() {
            switch code {
            case 0: look = Look()
            case 1...4, 7: look.attributes.insert(code)
            case 22: look.attributes.subtract([1, 2])
            case 23...24, 27: look.attributes.remove(code - 20)
            case 30...37, 90...97: look.foreground = "\(code < 90 ? code - 30 : code - 82)"
            case 40...47, 100...107: look.background = "\(code < 100 ? code - 40 : code - 92)"
            case 38, 48:
                let taken = codes.first == 5 ? 2 : body.contains(":") && codes.count > 4 ? 5 : 4
                let value = codes.prefix(taken)
                codes = codes.dropFirst(taken)
                let name =
                    value.first == 5
                    ? "\(value.last ?? 0)" : value.suffix(3).map(String.init).joined(separator: ",")
                if code == 38 { look.foreground = name } else { look.background = name }
            case 39: look.foreground = nil
            case 49: look.background = nil
            default: unknown.append("SGR \(code)")
            }
        }
    }
}
