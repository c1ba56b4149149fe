"""Pure planning: a snapshot and a wish in, a plan with reasons out. No I/O, no clock, no randomness."""
