import AgentOSCore

/// The hash of a gate's definition: a result counts only for the gate that gave it.
///
/// FNV-1a over the canonical JSON, 64 bits: it tells definitions of one session file apart; nobody gains by a collision,
/// since a session cannot change its gates (INV-6).
func gateHash(_ gate: GateConfig) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in (try? JSONText.encode(gate)) ?? Array(gate.name.utf8) {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
