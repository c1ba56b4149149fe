"""Names, or beginnings of names with a last asterisk, as stack files name topics and groups that a service may use."""


def covers(pattern: str, other: str) -> bool:
    """Tell whether every name that the other one stands for is one of the pattern's."""
    return other.startswith(pattern.removesuffix("*")) if pattern.endswith("*") else other == pattern


def overlap(one: str, other: str) -> bool:
    """Tell whether there is a name that both stand for."""
    shorter, longer = sorted((one, other), key=lambda each: len(each.removesuffix("*")))
    return covers(shorter, longer) or (longer.endswith("*") and covers(longer, shorter))


def expression(pattern: str) -> str:
    """Return the regular expression, in Java's words, of the names that the pattern stands for."""
    begin = pattern.removesuffix("*").replace(".", r"\.")
    return f"{begin}.*" if pattern.endswith("*") else begin
