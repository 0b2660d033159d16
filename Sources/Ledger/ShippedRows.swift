extension ShippedPrices {
    /// The newest day on which a row is known to have been read at its vendor.
    static let date = "2026-10-26"

    /// The rows, under the vendor's page; a model on whose price the sources disagree is not here.
    static let text = """
        # platform.claude.com/docs/en/about-claude/pricing
        anthropic/claude-fable-5-2 8 40 0.2 10 16 -
        anthropic/claude-fable-5-1 10 50 0.25 12.5 20 1000000
        anthropic/claude-fable-5 10 50 1 12.5 20 1000000
        anthropic/claude-opus-5-5 4 20 0.2 5 8 1000000
        anthropic/claude-opus-5 5 25 0.5 6.25 10 1000000
        anthropic/claude-opus-4-8 5 25 0.5 6.25 10 -
        anthropic/claude-opus-4-7 5 25 0.5 6.25 10 -
        anthropic/claude-opus-4-7-20260416 5 25 0.5 6.25 10 -
        anthropic/claude-opus-4-6 5 25 0.5 6.25 10 -
        anthropic/claude-opus-4-6-20260205 5 25 0.5 6.25 10 -
        anthropic/claude-opus-4-5 5 25 0.5 6.25 10 200000
        anthropic/claude-opus-4-5-20251101 5 25 0.5 6.25 10 200000
        anthropic/claude-sonnet-5-5 2 10 0.1 2.5 4 1000000
        anthropic/claude-sonnet-5 2 10 0.2 2.5 4 -
        anthropic/claude-sonnet-4-6 3 15 0.3 3.75 6 -
        anthropic/claude-sonnet-4-5 3 15 0.3 3.75 6 200000
        anthropic/claude-sonnet-4-5-20250929 3 15 0.3 3.75 6 200000
        anthropic/claude-haiku-5-5 0.1 0.5 0.01 0.125 0.2 1000000 > 100000 0.5 2.5 0.05 0.625 1
        anthropic/claude-haiku-4-5 1 5 0.1 1.25 2 200000
        anthropic/claude-haiku-4-5-20251001 1 5 0.1 1.25 2 200000
        # developers.openai.com/api/docs/pricing
        openai/gpt-6.1-sol 2 10 0.1 2.5 - - > 272000 4 15 0.2 5 -
        openai/gpt-6.1-terra 1 5 0.05 1.25 - - > 272000 2 7.5 0.1 2.5 -
        openai/gpt-6-astra 10 50 1 12.5 - - > 272000 20 75 2 25 -
        openai/gpt-6-sol 2 10 0.2 2.5 - - > 272000 4 15 0.4 5 -
        openai/gpt-6-luna 0.1 0.5 0.01 0.125 - - > 272000 0.2 0.75 0.02 0.25 -
        openai/gpt-5.6 4 20 0.4 5 - - > 272000 8 30 0.8 10 -
        openai/gpt-5.6-sol 4 20 0.4 5 - - > 272000 8 30 0.8 10 -
        openai/gpt-5.6-terra 2 12 0.2 2.5 - - > 272000 4 18 0.4 5 -
        openai/gpt-5.6-luna 0.2 1.2 0.02 0.25 - - > 272000 0.4 1.8 0.04 0.5 -
        openai/gpt-5.5 5 30 0.5 - - - > 272000 10 45 1 - -
        openai/gpt-5.5-2026-04-23 5 30 0.5 - - - > 272000 10 45 1 - -
        openai/gpt-5.5-pro 30 180 - - - - > 272000 60 270 - - -
        openai/gpt-5.5-pro-2026-04-23 30 180 - - - - > 272000 60 270 - - -
        openai/gpt-5.4 2.5 15 0.25 - - - > 272000 5 22.5 0.5 - -
        openai/gpt-5.4-2026-03-05 2.5 15 0.25 - - - > 272000 5 22.5 0.5 - -
        openai/gpt-5.4-mini 0.75 4.5 0.075 - - -
        openai/gpt-5.4-mini-2026-03-17 0.75 4.5 0.075 - - -
        openai/gpt-5.4-nano 0.2 1.25 0.02 - - -
        openai/gpt-5.4-nano-2026-03-17 0.2 1.25 0.02 - - -
        openai/gpt-5.4-pro 30 180 - - - - > 272000 60 270 - - -
        openai/gpt-5.4-pro-2026-03-05 30 180 - - - - > 272000 60 270 - - -
        openai/gpt-5.3-codex 1.75 14 0.175 - - -
        openai/gpt-5.2 1.75 14 0.175 - - -
        openai/gpt-5.2-2025-12-11 1.75 14 0.175 - - -
        openai/gpt-5.2-pro 21 168 - - - -
        openai/gpt-5.2-pro-2025-12-11 21 168 - - - -
        openai/gpt-5.1 1.25 10 0.125 - - -
        openai/gpt-5.1-2025-11-13 1.25 10 0.125 - - -
        openai/gpt-5 1.25 10 0.125 - - -
        openai/gpt-5-2025-08-07 1.25 10 0.125 - - -
        openai/gpt-5-mini 0.25 2 0.025 - - -
        openai/gpt-5-mini-2025-08-07 0.25 2 0.025 - - -
        openai/gpt-5-nano 0.05 0.4 0.005 - - -
        openai/gpt-5-nano-2025-08-07 0.05 0.4 0.005 - - -
        openai/gpt-5-pro 15 120 - - - -
        openai/gpt-5-pro-2025-10-06 15 120 - - - -
        openai/gpt-4.1 2 8 0.5 - - -
        openai/gpt-4.1-2025-04-14 2 8 0.5 - - -
        openai/gpt-4.1-mini 0.4 1.6 0.1 - - -
        openai/gpt-4.1-mini-2025-04-14 0.4 1.6 0.1 - - -
        openai/gpt-4.1-nano 0.1 0.4 0.025 - - -
        openai/gpt-4o 2.5 10 1.25 - - -
        openai/gpt-4o-2024-11-20 2.5 10 1.25 - - -
        openai/gpt-4o-2024-08-06 2.5 10 1.25 - - -
        openai/gpt-4o-mini 0.15 0.6 0.075 - - -
        openai/gpt-4o-mini-2024-07-18 0.15 0.6 0.075 - - -
        openai/o3 2 8 0.5 - - -
        openai/o3-2025-04-16 2 8 0.5 - - -
        openai/o3-pro 20 80 - - - -
        openai/o3-pro-2025-06-10 20 80 - - - -
        openai/o4-mini 1.1 4.4 0.275 - - -
        openai/o3-mini 1.1 4.4 0.55 - - -
        # ai.google.dev/gemini-api/docs/pricing
        google/gemini-4-argon 4 20 0.2 - - -
        google/gemini-3.8-flash 1.5 7.5 0.15 - - -
        google/gemini-3.7-flash 1.5 7.5 0.15 - - -
        google/gemini-3.6-flash 1.5 7.5 0.15 - - -
        google/gemini-flash-latest 1.5 7.5 0.15 - - -
        google/gemini-3.5-flash 1.5 9 0.15 - - -
        google/gemini-3.5-flash-lite 0.3 2.5 0.03 - - -
        google/gemini-flash-lite-latest 0.3 2.5 0.03 - - -
        google/gemini-3.1-pro-preview 2 12 0.2 - - - > 200000 4 18 0.4 - -
        google/gemini-3.1-pro-preview-customtools 2 12 0.2 - - - > 200000 4 18 0.4 - -
        google/gemini-pro-latest 2 12 0.2 - - - > 200000 4 18 0.4 - -
        google/gemini-3.1-flash-lite 0.25 1.5 0.025 - - -
        google/gemini-3-flash-preview 0.5 3 0.05 - - -
        google/gemini-2.5-pro 1.25 10 0.125 - - - > 200000 2.5 15 0.25 - -
        google/gemini-2.5-flash 0.3 2.5 0.03 - - -
        google/gemini-2.5-flash-lite 0.1 0.4 0.01 - - -
        # mistral.ai/pricing
        mistral/mistral-medium-latest 1.5 7.5 0.15 - - -
        mistral/mistral-medium-3-5 1.5 7.5 0.15 - - -
        mistral/mistral-medium-3.5 1.5 7.5 0.15 - - -
        mistral/mistral-medium-2604 1.5 7.5 0.15 - - -
        mistral/mistral-small-latest 0.15 0.6 0.015 - - -
        mistral/mistral-small-2603 0.15 0.6 0.015 - - -
        mistral/mistral-large-2512 0.5 1.5 0.05 - - -
        mistral/codestral-latest 0.3 0.9 0.03 - - -
        mistral/codestral-2508 0.3 0.9 0.03 - - -
        mistral/devstral-medium-latest 0.4 2 0.04 - - -
        mistral/devstral-2512 0.4 2 0.04 - - -
        mistral/ministral-14b-latest 0.2 0.2 0.02 - - -
        mistral/ministral-14b-2512 0.2 0.2 0.02 - - -
        mistral/ministral-8b-latest 0.15 0.15 0.015 - - -
        mistral/ministral-8b-2512 0.15 0.15 0.015 - - -
        mistral/ministral-3b-2512 0.1 0.1 0.01 - - -
        """
}
