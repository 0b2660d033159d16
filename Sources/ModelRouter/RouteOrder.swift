import AgentOSCore

/// The models of a route in the order in which they are asked.
///
/// `cheapest` asks first whom this request costs least at worst; without a price a model comes last, since nobody
/// knows what it costs. Equals stay as written.
func inOrder(
    _ models: [ModelReference], by strategy: RouteConfiguration.Strategy,
    worstCase: (ModelReference) -> Money?
) -> [ModelReference] {
    switch strategy {
    case .ordered, .fastest, .roundRobin: return models
    case .cheapest: break
    }
    func isBefore(_ left: Money?, _ right: Money?) -> Bool {
        guard let left else { return false }
        return right.map { left < $0 } ?? true
    }
    let costs = models.map(worstCase)
    return models.indices.sorted { left, right in
        isBefore(costs[left], costs[right]) || !isBefore(costs[right], costs[left]) && left < right
    }.map { models[$0] }
}

/// Whether models are asked in the order that a strategy names.
func isKnown(_ strategy: RouteConfiguration.Strategy) -> Bool {
    switch strategy {
    case .ordered, .cheapest: true
    case .fastest, .roundRobin: false
    }
}
