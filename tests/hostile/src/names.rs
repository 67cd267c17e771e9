//! Names that mean something to somebody else: a bus, a table, a language, a URL (R32).

/// Each can be the name of a group or the id of a user; no two are the same.
pub fn all() -> Vec<String> {
    let mut names: Vec<String> = [
        "*",
        ">",
        "a.b",
        "a",
        "A",
        "|",
        "a|b",
        "\0",
        "a\0b",
        "😀",
        "__proto__",
        "constructor",
        "toString",
        "?",
        "[a]",
        " ",
        "lab.a",
        "\u{2028}",
        "é",
        "e\u{301}",
        "\"",
        "\\",
        "%00",
        "+",
        "&user=x",
        "ı",
        "İ",
        "ß",
        "\u{feff}",
        "\u{1e}",
        "$token",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("n".repeat(256));
    names.push("😀".repeat(64));
    names
}

/// None of these can: nothing, and more than 256 bytes in one and in four bytes for each letter.
pub fn refused() -> [String; 3] {
    [String::new(), "n".repeat(257), format!("{}x", "😀".repeat(64))]
}
