import AgentOSCore
import Console
import Documents
import FoundationEssentials
import Glibc
import Terminal

/// What a console is given by the configuration and the files beside it.
struct ConsoleSetup: Sendable {
    let program: Program
    let options: GlobalOptions

    /// The options of a console on a terminal that shows so many colours.
    func console(_ depth: ColourDepth) throws -> ConsoleOptions {
        let configuration = try program.settings(options).values
        var console = ConsoleOptions()
        console.theme = try theme(configuration, depth)
        console.keymap = try keymap(configuration.keymap)
        console.senderID = program.commandID()
        console.currentFolder = program.folder
        console.homeFolder = (try? HomePath.user(program.environment)) ?? "/"
        console.defaults = configuration.sessions
        return console
    }

    private func theme(_ configuration: Configuration, _ depth: ColourDepth) throws -> Theme {
        guard depth != .none else { return try Theme(try file(theme: "mono"), depth: depth) }
        let name = isLight ? configuration.lightTheme : configuration.darkTheme
        return try Theme(try file(theme: name), depth: depth)
    }

    /// Whether the terminal says that its background is light: `COLORFGBG=0;15`.
    private var isLight: Bool {
        guard let last = program.environment["COLORFGBG"]?.split(separator: ";").last, let number = Int(last)
        else {
            return false
        }
        return number == 7 || (9...15).contains(number)
    }

    /// A theme laid over its parents: the person's, the shipped one, the built-in one.
    private func file(theme name: String, depth: Int = 0) throws -> ThemeFile {
        guard depth < 8 else {
            throw Fault.usage("theme \(name) inherits itself", hint: "take the inherits line out")
        }
        guard let path = find("themes/\(name).yaml") else {
            switch name {
            case "default": return Theme.builtIn
            case "daylight": return Theme.daylight
            case "mono": return Theme.mono
            default: throw Fault.usage("there is no theme \(name)", hint: "see themes/ beside config.yaml")
            }
        }
        let file = try ThemeDocument.read(path: path)
        guard let parent = file.inherits else { return file }
        return file.over(parent == name ? Theme.builtIn : try self.file(theme: parent, depth: depth + 1))
    }

    private func keymap(_ name: String) throws -> Keymap {
        guard let path = find("keymaps/\(name).yaml") else {
            guard name == "default" else {
                throw Fault.usage("there is no keymap \(name)", hint: "see keymaps/ beside config.yaml")
            }
            return .standard
        }
        let file = try KeymapDocument.read(path: path)
        if file.inherits == nil, name == "default" { return try Keymap(file) }
        return try Keymap(Keymap.layered(file, over: Keymap.builtIn))
    }

    /// The first of: beside config.yaml, beside the real executable, under the install prefix.
    private func find(_ name: String) -> String? {
        var places: [String] = []
        if let place = try? HomePath.configuration(
            option: options.config, environment: program.environment, folder: program.folder)
        {
            places.append(Self.parent(place.path))
        }
        if let real = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            let beside = Self.parent(real)
            places += [beside, Self.parent(beside) + "/share/agentos"]
        }
        return places.map { $0 + "/" + name }.first { FileManager.default.fileExists(atPath: $0) }
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
