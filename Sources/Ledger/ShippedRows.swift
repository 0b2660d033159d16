extension ShippedPrices {
    /// The newest day on which the vendors' pages were read.
    static let date = "2026-09-22"

    /// The rows.
    static let text = """
        # platform.claude.com/docs/en/about-claude/pricing
        anthropic/claude-fable-5-1 10 50 0.25 12.5 20 1000000
        anthropic/claude-fable-5 10 50 1 12.5 20 1000000
        anthropic/claude-opus-5-5 4 20 0.2 5 8 1000000
        anthropic/claude-opus-5 5 25 0.5 6.25 10 1000000
        anthropic/claude-opus-4-8 5 25 0.5 6.25 10 -
        anthropic/claude-opus-4-7 5 25 0.5 6.25 10 -
        anthropic/claude-opus-4-6 5 25 0.5 6.25 10 -
        anthropic/claude-opus-4-5 5 25 0.5 6.25 10 200000
        anthropic/claude-opus-4-5-20251101 5 25 0.5 6.25 10 200000
        anthropic/claude-sonnet-4-6 3 15 0.3 3.75 6 -
        anthropic/claude-sonnet-4-5 3 15 0.3 3.75 6 200000
        anthropic/claude-sonnet-4-5-20250929 3 15 0.3 3.75 6 200000
        anthropic/claude-haiku-4-5 1 5 0.1 1.25 2 200000
        anthropic/claude-haiku-4-5-20251001 1 5 0.1 1.25 2 200000
        """
}
