/// One cell of a frame: a character, its width and its style.
public struct Cell: Hashable, Sendable {
    /// The character's first scalar.
    public internal(set) var scalar: Unicode.Scalar
    /// Up to two marks that join it; zero for none.
    public internal(set) var marks: (UInt32, UInt32) {
        get { (mark1, mark2) }
        set { (mark1, mark2) = newValue }
    }
    /// 1, or 2 for a wide character; 0 for the right half of the wide character before it.
    public internal(set) var width: UInt8
    /// How it is written.
    public var style: Style

    private var mark1: UInt32 = 0
    private var mark2: UInt32 = 0

    init(_ scalar: Unicode.Scalar, width: UInt8, style: Style) {
        self.scalar = scalar
        self.width = width
        self.style = style
    }

    /// An empty cell.
    public static func blank(_ style: Style = .plain) -> Cell { Cell(" ", width: 1, style: style) }

    /// The right half of a wide character.
    static func continuation(_ style: Style) -> Cell { Cell(" ", width: 0, style: style) }

    /// Joins a mark; the third and later ones are left out.
    mutating func join(_ mark: Unicode.Scalar) {
        if mark1 == 0 {
            mark1 = mark.value
        } else if mark2 == 0 {
            mark2 = mark.value
        }
    }

    /// The character with its marks; empty for a right half.
    public var text: String {
        guard width > 0 else { return "" }
        var scalars = String.UnicodeScalarView()
        scalars.append(scalar)
        for mark in [mark1, mark2] {
            if mark != 0, let joined = Unicode.Scalar(mark) { scalars.append(joined) }
        }
        return String(scalars)
    }
}
