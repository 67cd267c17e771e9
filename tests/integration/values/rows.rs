//! The tables.

use std::collections::BTreeMap;

use hub_core::{
    Value,
    value::{Bytes, DateTime},
};
use serde::{Deserialize, Serialize};

use super::table;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    #[serde(rename = "light blue")]
    Blue,
    Circle(u32),
    Line(i8, i8),
    Square {
        side: u32,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    full_name: String,
    age: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Metres(f64);

/// As deep as it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Nested(Vec<Nested>);

fn nested(depth: usize) -> Nested {
    (1..depth).fold(Nested(vec![]), |inner, _| Nested(vec![inner]))
}

fn date(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn map<K: Ord, V, const N: usize>(entries: [(K, V); N]) -> BTreeMap<K, V> {
    BTreeMap::from(entries)
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

table! {
    whole_numbers_keep_all_64_bits: i64 {
        0 => "0", [0];
        -1 => "-1", [0xFF];
        127 => "127", [0x7F];
        -33 => "-33", [0xD0, 0xDF];
        40_000 => "40000", [0xCD, 0x9C, 0x40];
        9_007_199_254_740_993 => "9007199254740993", [0xCF, 0, 0x20, 0, 0, 0, 0, 0, 1];
        -9_007_199_254_740_993 => "-9007199254740993", [0xD3, 0xFF, 0xDF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        i64::MAX => "9223372036854775807", [0xCF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        i64::MIN => "-9223372036854775808", [0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0];
    }

    whole_numbers_without_a_sign_keep_all_64_bits: u64 {
        9_223_372_036_854_775_808 => "9223372036854775808", [0xCF, 0x80, 0, 0, 0, 0, 0, 0, 0];
        u64::MAX => "18446744073709551615", [0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    }

    numbers_with_a_fraction_keep_every_bit: f64 {
        0.0 => "0.0", [0xCB, 0, 0, 0, 0, 0, 0, 0, 0];
        -0.0 => "-0.0", [0xCB, 0x80, 0, 0, 0, 0, 0, 0, 0];
        0.1 => "0.1", [0xCB, 0x3F, 0xB9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9A];
        1.0 => "1.0", [0xCB, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0];
        f64::MAX => "1.7976931348623157e+308", [0xCB, 0x7F, 0xEF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        f64::MIN => "-1.7976931348623157e+308", [0xCB, 0xFF, 0xEF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        f64::MIN_POSITIVE => "2.2250738585072014e-308", [0xCB, 0, 0x10, 0, 0, 0, 0, 0, 0];
        5e-324 => "5e-324", [0xCB, 0, 0, 0, 0, 0, 0, 0, 1];
    }

    numbers_of_32_bits_keep_theirs: f32 {
        0.1 => "0.1", [0xCA, 0x3D, 0xCC, 0xCC, 0xCD];
        f32::MAX => "3.4028235e+38", [0xCA, 0x7F, 0x7F, 0xFF, 0xFF];
    }

    dates_are_iso_8601_or_the_timestamp_extension: DateTime {
        date("1970-01-01T00:00:01Z") => r#""1970-01-01T00:00:01Z""#, [0xD6, 0xFF, 0, 0, 0, 1];
        date("2026-01-02T03:04:05.678Z") => r#""2026-01-02T03:04:05.678Z""#,
            [0xD7, 0xFF, 0xA1, 0xA5, 0xD6, 0x00, 0x69, 0x57, 0x35, 0xA5];
        date("2026-01-02T03:04:05.000000001Z") => r#""2026-01-02T03:04:05.000000001Z""#,
            [0xD7, 0xFF, 0, 0, 0, 4, 0x69, 0x57, 0x35, 0xA5];
        date("0001-01-01T00:00:00Z") => r#""0001-01-01T00:00:00Z""#,
            [0xC7, 12, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xF1, 0x88, 0x6E, 0x09, 0x00];
        date("9999-12-31T23:59:59Z") => r#""9999-12-31T23:59:59Z""#,
            [0xC7, 12, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0x3A, 0xFF, 0xF4, 0x41, 0x7F];
    }

    bytes_are_base64_or_bin: Bytes {
        Bytes::from(vec![]) => r#""""#, [0xC4, 0];
        Bytes::from(vec![0, 255]) => r#""AP8=""#, [0xC4, 2, 0, 0xFF];
        Bytes::from(vec![7; 3]) => r#""BwcH""#, [0xC4, 3, 7, 7, 7];
    }

    a_vec_of_u8_is_a_list_of_numbers: Vec<u8> {
        vec![0, 255] => "[0,255]", [0x92, 0, 0xCC, 0xFF];
    }

    enums_are_what_serde_says: Shape {
        Shape::Point => r#""Point""#, *b"\xa5Point";
        Shape::Blue => r#""light blue""#, *b"\xaalight blue";
        Shape::Circle(7) => r#"{"Circle":7}"#, *b"\x81\xa6Circle\x07";
        Shape::Line(-1, 2) => r#"{"Line":[-1,2]}"#, *b"\x81\xa4Line\x92\xff\x02";
        Shape::Square { side: 3 } => r#"{"Square":{"side":3}}"#, *b"\x81\xa6Square\x81\xa4side\x03";
    }

    structs_are_maps_by_the_names_of_serde: Person {
        Person { full_name: "Ann".to_owned(), age: Some(7) } => r#"{"fullName":"Ann","age":7}"#,
            *b"\x82\xa8fullName\xa3Ann\xa3age\x07";
        Person { full_name: "Bob".to_owned(), age: None } => r#"{"fullName":"Bob","age":null}"#,
            *b"\x82\xa8fullName\xa3Bob\xa3age\xc0";
    }

    a_newtype_is_what_it_holds: Metres {
        Metres(1.5) => "1.5", [0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0];
    }

    maps_of_text_keys_are_maps: BTreeMap<String, Option<i8>> {
        map([]) => "{}", [0x80];
        map([(String::new(), Some(1)), ("__proto__".to_owned(), None)]) => r#"{"":1,"__proto__":null}"#,
            *b"\x82\xa0\x01\xa9__proto__\xc0";
    }

    keys_that_are_whole_numbers_are_texts_in_json: BTreeMap<i64, bool> {
        map([(-5, true), (7, false)]) => r#"{"-5":true,"7":false}"#, [0x82, 0xFB, 0xC3, 7, 0xC2];
    }

    what_is_not_there_is_null: Option<i32> {
        Some(0) => "0", [0];
        None => "null", [0xC0];
    }

    lists_may_have_holes: Vec<Option<String>> {
        vec![None, Some("x".to_owned()), None] => r#"[null,"x",null]"#, [0x93, 0xC0, 0xA1, b'x', 0xC0];
    }

    tuples_are_lists: (u8, char, bool) {
        (1, 'é', true) => r#"[1,"é",true]"#, [0x93, 1, 0xA2, 0xC3, 0xA9, 0xC3];
    }

    texts_are_unicode_to_the_last_scalar: String {
        String::new() => r#""""#, [0xA0];
        "🎉𝄞".to_owned() => r#""🎉𝄞""#, *b"\xa8\xf0\x9f\x8e\x89\xf0\x9d\x84\x9e";
        "e\u{301} \u{65}".to_owned() => "\"e\u{301} e\"", *b"\xa5e\xcc\x81 e";
        "\u{feff}bom\u{feff}".to_owned() => "\"\u{feff}bom\u{feff}\"", *b"\xa9\xef\xbb\xbfbom\xef\xbb\xbf";
        "\u{1e}\0\"\\\n".to_owned() => r#""\u001e\u0000\"\\\n""#, *b"\xa5\x1e\0\"\\\n";
        "\u{10ffff}\u{fffe}".to_owned() => "\"\u{10ffff}\u{fffe}\"", *b"\xa7\xf4\x8f\xbf\xbf\xef\xbf\xbe";
    }

    values_nest: Nested {
        nested(1) => "[]", [0x90];
        // As deep as a classic argument may be (section 3.2 of its specification).
        nested(20) => format!("{}{}", "[".repeat(20), "]".repeat(20)), [&[0x91; 19][..], &[0x90]].concat();
    }

    a_value_of_any_type_gives_back_what_came: Value {
        Value::Null => "null", [0xC0];
        Value::Bool(true) => "true", [0xC3];
        Value::Int(i64::MIN) => "-9223372036854775808", [0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0];
        Value::UInt(u64::MAX) => "18446744073709551615", [0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        Value::Float(-0.0) => "-0.0", [0xCB, 0x80, 0, 0, 0, 0, 0, 0, 0];
        Value::Map(vec![(text("é"), Value::Array(vec![text("x"), Value::Null]))]) => r#"{"é":["x",null]}"#,
            *b"\x81\xa2\xc3\xa9\x92\xa1x\xc0";
    }
}
