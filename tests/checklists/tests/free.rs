//! Which tests say what ours does where a recording leaves it free. That none is left out, and that each test is there, says `coverage`.

/// A place of a recording that a server of ours need not hold: steps of it, or all of it.
pub(crate) struct Free {
    /// The recording.
    pub(crate) recording: &'static str,
    /// The steps that are free, counted from 1 as the player does.
    pub(crate) steps: &'static [usize],
    /// How the reason begins; of a recording that is not played, what it is about.
    pub(crate) why: &'static str,
    /// The tests of what ours does there, each with its file.
    pub(crate) tests: &'static [(&'static str, &'static str)],
}

pub(crate) const fn free(
    recording: &'static str,
    steps: &'static [usize],
    why: &'static str,
    tests: &'static [(&'static str, &'static str)],
) -> Free {
    Free { recording, steps, why, tests }
}

const RECORDED: &str = "tests/checklists/tests/recorded.rs";
const OTHERWISE: &str = "tests/checklists/tests/otherwise.rs";
const USERS: &str = "tests/checklists/tests/users.rs";
const CANCELLING: &str = "tests/checklists/tests/cancelling.rs";
const CALLS: &str = "tests/integration/core/calls.rs";
const STATEFUL: &str = "tests/integration/core/stateful.rs";
const STREAMS: &str = "tests/integration/core/streams.rs";
const VALUES: &str = "tests/integration/values/rows.rs";
const BOMBS: &str = "tests/hostile/tests/core_bombs.rs";
const ORIGINS: &str = "tests/hostile/tests/origins.rs";
const RESULTS: &str = "tests/interop/core/behaviours/results.mjs";
const ENCODING: &str = "hub-core/src/protocol/core/encoding.rs";
const HANDSHAKE: &str = "hub-core/src/protocol/core/handshake.rs";
const CORE_HOSTILE: &str = "hub-core/src/protocol/core/hostile.rs";
const FAULTS: &str = "hub-core/src/protocol/core/faults.rs";
const BYTES: &str = "hub-core/src/value/bytes.rs";
const ANY: &str = "hub-core/src/value/any.rs";
const EVENTS: &str = "hub-axum/src/core/server_sent_events.rs";

/// Steps of `specs/vectors/core` that are marked so.
pub(crate) const STEPS: &[Free] = &[
    free(
        "change-of-user",
        &[6],
        "ASP.NET Core only logs a warning; refusing",
        &[(USERS, "n17_nothing_that_another_user_posts_reaches_the_hub")],
    ),
    free(
        "change-of-user",
        &[10],
        "depends on what became of the request",
        &[(USERS, "n17_nothing_that_another_user_posts_reaches_the_hub")],
    ),
    free(
        "client-results-detailed",
        &[14],
        "null where text",
        &[(RECORDED, "null_is_no_text_in_arguments_and_answers")],
    ),
    free(
        "client-results-detailed",
        &[18],
        "ASP.NET Core fails the call with the name",
        &[
            (RECORDED, "null_is_no_text_in_arguments_and_answers"),
            (RESULTS, "7.30 what is no answer becomes the asker's error"),
        ],
    ),
    free(
        "client-results-messagepack",
        &[14],
        "null where text",
        &[(RECORDED, "null_is_no_text_in_arguments_and_answers")],
    ),
    free(
        "client-results-messagepack",
        &[18],
        "the text is that of",
        &[(RECORDED, "null_is_no_text_in_arguments_and_answers")],
    ),
    free("client-results", &[14], "null where text", &[(RECORDED, "null_is_no_text_in_arguments_and_answers")]),
    free(
        "client-results",
        &[18],
        "ASP.NET Core fails the call with the name",
        &[
            (RECORDED, "null_is_no_text_in_arguments_and_answers"),
            (RESULTS, "7.30 what is no answer becomes the asker's error"),
        ],
    ),
    free(
        "close-while-streaming",
        &[5, 7],
        "items may come before",
        &[(RECORDED, "nothing_follows_a_close_however_many_items_come_before_it")],
    ),
    free(
        "cors-preflight",
        &[6],
        "refusing with 403",
        &[(OTHERWISE, "a_foreign_page_is_refused_unless_an_option_lets_it_in")],
    ),
    free(
        "handshake-accepted",
        &[38, 39, 40],
        "a member that comes twice",
        &[(HANDSHAKE, "every_version_up_to_two_is_accepted_in_any_letter_case")],
    ),
    free(
        "handshake-accepted",
        &[48, 49, 50],
        "bytes after the closing",
        &[(HANDSHAKE, "every_version_up_to_two_is_accepted_in_any_letter_case")],
    ),
    free("invoke-basics", &[41], "null where text", &[(RECORDED, "null_is_no_text_in_arguments_and_answers")]),
    free(
        "json-argument-faults",
        &[3],
        "ASP.NET Core answers with a completion; treating",
        &[(RECORDED, "json_with_more_or_less_than_it_may_have_is_a_fault")],
    ),
    free(
        "json-complex",
        &[5, 13],
        "names and enums",
        &[
            (VALUES, "structs_are_maps_by_the_names_of_serde"),
            (VALUES, "enums_are_what_serde_says"),
            (ENCODING, "names_are_those_of_the_type"),
        ],
    ),
    free("json-complex", &[7], "the values of absent", &[(ENCODING, "what_is_absent_is_the_types_own_business")]),
    free("json-complex", &[15], "languages with closed enums", &[(ENCODING, "what_does_not_fit_the_type_is_refused")]),
    free("json-complex", &[21], "null where an object", &[(ENCODING, "what_does_not_fit_the_type_is_refused")]),
    free(
        "json-envelope",
        &[16],
        "bytes after the closing",
        &[(RECORDED, "json_with_more_or_less_than_it_may_have_is_a_fault")],
    ),
    free(
        "json-envelope",
        &[21],
        "members that come twice",
        &[(CORE_HOSTILE, "json_members_come_in_any_order_and_the_last_of_a_name_holds")],
    ),
    free(
        "json-unserialisable",
        &[2, 3, 4, 5],
        "infinity is no JSON",
        &[
            (RECORDED, "an_infinity_that_comes_in_json_is_an_error_of_its_call_alone"),
            (OTHERWISE, "what_one_encoding_cannot_say_is_sent_to_nobody_and_ends_nobody"),
        ],
    ),
    free(
        "messagepack-complex",
        &[5],
        "the values of absent",
        &[(ENCODING, "what_is_absent_is_the_types_own_business")],
    ),
    free(
        "messagepack-complex",
        &[9, 13, 15],
        "names and enums",
        &[
            (VALUES, "structs_are_maps_by_the_names_of_serde"),
            (VALUES, "enums_are_what_serde_says"),
            (ENCODING, "names_are_those_of_the_type"),
        ],
    ),
    free("messagepack-complex", &[19], "null where an object", &[(ENCODING, "what_does_not_fit_the_type_is_refused")]),
    free(
        "messagepack-complex",
        &[21],
        "accepting a string for bytes",
        &[(BYTES, "bytes_are_base64_in_json_and_bin_in_messagepack")],
    ),
    free(
        "messagepack-faults-detailed",
        &[3, 11, 35, 83, 175],
        "the text is that of",
        &[(FAULTS, "messagepack_faults_have_the_texts_of_the_original")],
    ),
    free(
        "messagepack-unknown-type",
        &[3],
        "ASP.NET Core stalls here",
        &[(BOMBS, "unknown_types_are_passed_over_however_many"), (CALLS, "what_a_later_version_says_is_passed_over")],
    ),
    free(
        "messagepack-values",
        &[45, 49],
        "ASP.NET Core writes small integers",
        &[(ANY, "what_came_in_messagepack_is_given_back")],
    ),
    free(
        "messagepack-values",
        &[53],
        "ASP.NET Core writes the shortest timestamp",
        &[(VALUES, "dates_are_iso_8601_or_the_timestamp_extension")],
    ),
    free(
        "methods-not-allowed",
        &[5, 9],
        "a CORS layer",
        &[(RECORDED, "options_that_ask_for_nothing_are_not_allowed"), (ORIGINS, "a_preflight_is_answered_by_origin")],
    ),
    free("negotiate-v1", &[4], "paths in other letter case", &[(OTHERWISE, "a_path_is_the_routers_letter_for_letter")]),
    free(
        "sse-lines",
        &[11],
        "a lone CR",
        &[
            (RECORDED, "what_stands_behind_a_carriage_return_alone_arrives_over_an_event_stream"),
            (EVENTS, "an_end_of_line_is_one_however_it_is_written"),
        ],
    ),
    free(
        "stateful-reconnect-sequence",
        &[18],
        "ASP.NET Core does not check the lower",
        &[(STATEFUL, "a_number_that_cannot_be_ends_the_connection")],
    ),
    free(
        "stateful-reconnect-takeover-answered",
        &[4],
        "ASP.NET Core takes the answered Close",
        &[(RECORDED, "an_old_socket_that_answers_its_close_gives_way_to_the_new_one_as_well")],
    ),
    free(
        "stateful-reconnect-takeover",
        &[9],
        "ASP.NET Core closes the new socket",
        &[(OTHERWISE, "the_old_socket_is_closed_with_1000_and_the_new_one_does_not_wait_for_it")],
    ),
    free(
        "stream-cancel",
        &[13],
        "an item may be under way",
        &[(STREAMS, "a_cancelled_stream_is_dropped_before_its_completion")],
    ),
    free(
        "stream-duplicate-id",
        &[7],
        "ASP.NET Core can no longer cancel",
        &[(CANCELLING, "n31_an_id_in_use_is_refused_and_the_first_can_still_be_cancelled")],
    ),
    free("target-errors", &[3, 5, 7], "an empty name", &[(RECORDED, "an_empty_name_is_an_error_whatever_it_is_for")]),
    free(
        "target-errors",
        &[9, 11, 13, 15, 17, 19],
        "null where text",
        &[(RECORDED, "null_is_no_text_in_arguments_and_answers")],
    ),
    free(
        "unknown-item-order",
        &[5],
        "ASP.NET Core closes the connection here; a server should ignore",
        &[(CALLS, "what_a_later_version_says_is_passed_over")],
    ),
    free(
        "unknown-message-type",
        &[3],
        "ASP.NET Core stalls here",
        &[(BOMBS, "unknown_types_are_passed_over_however_many"), (CALLS, "what_a_later_version_says_is_passed_over")],
    ),
    free(
        "upload-errors",
        &[13],
        "what happens to the second call",
        &[(CANCELLING, "n32_an_upload_stream_in_use_is_refused_and_goes_on")],
    ),
    free(
        "websocket-close-codes",
        &[7, 30],
        "echoing the peer",
        &[(OTHERWISE, "a_client_that_closes_with_any_code_is_answered_and_gone")],
    ),
    free(
        "websocket-close-pending",
        &[5],
        "a completion that is ready",
        &[(RECORDED, "a_client_that_closes_under_a_call_has_its_completion_or_none_and_then_the_close")],
    ),
];
