/// How many colours an output can show.
public enum ColourDepth: String, Hashable, Sendable, CaseIterable {
    /// None; attributes stay.
    case none
    /// The sixteen of every terminal.
    case ansi16 = "16"
    /// The palette of 256.
    case ansi256 = "256"
    /// Red, green and blue.
    case direct = "true"
}

extension Colour {
    /// The nearest colour that this depth has.
    public func mapped(to depth: ColourDepth) -> Colour {
        switch (depth, self) {
        case (.none, _), (_, .default): return .default
        case (.direct, _): return self
        case (.ansi256, .indexed): return self
        case (.ansi256, .rgb(let red, let green, let blue)):
            return .indexed(Self.nearest256(red, green, blue))
        case (.ansi16, .indexed(let number)) where number < 16: return self
        case (.ansi16, .indexed(let number)):
            let (red, green, blue) = Self.components(of: number)
            return .indexed(Self.nearest16(red, green, blue))
        case (.ansi16, .rgb(let red, let green, let blue)):
            return .indexed(Self.nearest16(red, green, blue))
        }
    }

    /// Red, green and blue of a palette entry, as xterm ships it.
    public static func components(of index: UInt8) -> (UInt8, UInt8, UInt8) {
        switch index {
        case 0..<16: return ansi[Int(index)]
        case 16..<232:
            let cube = Int(index) - 16
            return (levels[cube / 36], levels[cube / 6 % 6], levels[cube % 6])
        default:
            let grey = 8 + 10 * (index - 232)
            return (grey, grey, grey)
        }
    }

    private static let levels: [UInt8] = [0, 95, 135, 175, 215, 255]
    private static let ansi: [(UInt8, UInt8, UInt8)] = [
        (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205),
        (229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255), (255, 255, 255),
    ]

    private static func distance(_ first: (UInt8, UInt8, UInt8), _ second: (UInt8, UInt8, UInt8)) -> Int {
        let red = Int(first.0) - Int(second.0)
        let green = Int(first.1) - Int(second.1)
        let blue = Int(first.2) - Int(second.2)
        return 2 * red * red + 4 * green * green + 3 * blue * blue
    }

    /// The cube or the grey ramp: never 0 to 15, which every terminal paints as it likes.
    private static func nearest256(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
        func step(_ value: UInt8) -> Int { value < 48 ? 0 : value < 115 ? 1 : (Int(value) - 35) / 40 }
        let cube = UInt8(16 + 36 * step(red) + 6 * step(green) + step(blue))
        let average = (Int(red) + Int(green) + Int(blue)) / 3
        let grey = UInt8(232 + min(23, max(0, (average - 3) / 10)))
        let wanted = (red, green, blue)
        return distance(components(of: grey), wanted) < distance(components(of: cube), wanted) ? grey : cube
    }

    private static func nearest16(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
        var best = (index: 0, distance: Int.max)
        for index in 0..<16 {
            let candidate = distance(ansi[index], (red, green, blue))
            if candidate < best.distance { best = (index, candidate) }
        }
        return UInt8(best.index)
    }
}

extension Style {
    /// The style as an output of this depth shows it.
    public func mapped(to depth: ColourDepth) -> Style {
        Style(foreground.mapped(to: depth), on: background.mapped(to: depth), attributes)
    }
}
