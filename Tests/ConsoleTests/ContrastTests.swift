import AgentOSCore
import Terminal
import Testing

@testable import Console

/// What the shipped themes paint can be read: contrast as WCAG 2 measures it, 7 for text and 4.5 for what is
/// beside it.
@Suite struct ContrastTests {
    /// A theme and the grounds and inks that terminals of its kind have.
    struct Kind: Sendable, CustomTestStringConvertible {
        let file: ThemeFile
        let grounds: [Colour]
        let inks: [Colour]
        var testDescription: String { file.name }
    }

    private static let kinds = [
        Kind(
            file: Theme.builtIn, grounds: [.rgb(0, 0, 0), .rgb(0x1E, 0x1E, 0x1E)],
            inks: [.rgb(0xFF, 0xFF, 0xFF), .rgb(0xD4, 0xD4, 0xD4)]),
        Kind(
            file: Theme.daylight, grounds: [.rgb(0xFF, 0xFF, 0xFF), .rgb(0xFA, 0xFA, 0xFA)],
            inks: [.rgb(0, 0, 0), .rgb(0x38, 0x3A, 0x42)]),
    ]
    private static let quiet: Set<Role> = [.dim, .border, .stateCreated, .stateQueued, .stateCancelled]

    @Test(arguments: kinds, [ColourDepth.direct, .ansi256]) func everyRoleCanBeRead(
        kind: Kind, depth: ColourDepth
    ) throws {
        let theme = try Theme(kind.file, depth: depth)
        for role in Role.allCases {
            let style = theme[role]
            let grounds = style.background == .default ? kind.grounds : [style.background]
            let inks = style.foreground == .default ? kind.inks : [style.foreground]
            let isOwn = style.background == .default && style.foreground == .default
            // A palette of 256 has no colour near enough to keep all of it.
            let wanted = Self.quiet.contains(role) ? 4.5 : depth == .direct ? 7 : 5.4
            for ground in grounds where !isOwn {
                for ink in inks {
                    let contrast = Self.contrast(ink, ground)
                    #expect(contrast >= wanted, "\(role.rawValue) \(ink) on \(ground): \(contrast)")
                }
            }
        }
    }

    private static func contrast(_ first: Colour, _ second: Colour) -> Double {
        let (one, other) = (luminance(first), luminance(second))
        return (max(one, other) + 0.05) / (min(one, other) + 0.05)
    }

    /// The luminance of sRGB; powers of 2.4 are 12th powers of fifth roots, found by Newton's steps.
    private static func luminance(_ colour: Colour) -> Double {
        let (red, green, blue): (UInt8, UInt8, UInt8) =
            switch colour {
            case .default: (0, 0, 0)
            case .indexed(let number): Colour.components(of: number)
            case .rgb(let red, let green, let blue): (red, green, blue)
            }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    private static func linear(_ part: UInt8) -> Double {
        let value = Double(part) / 255
        guard value > 0.04045 else { return value / 12.92 }
        let base = (value + 0.055) / 1.055
        var root = 1.0
        for _ in 0..<60 {
            let fourth = root * root * root * root
            root -= (fourth * root - base) / (5 * fourth)
        }
        let square = root * root
        let fourth = square * square
        return fourth * fourth * fourth
    }
}
