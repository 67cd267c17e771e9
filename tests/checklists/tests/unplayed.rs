//! Recordings of `specs/vectors/classic` that are not played, as ours does otherwise there (section 13.1), and the tests of what it does. That
//! none is left out, and that each test is there, says `coverage`.

use crate::free::{Free, free};

const VALUES: &str = "tests/integration/values/rows.rs";
const BAD_INPUT: &str = "tests/hostile/tests/bad_input.rs";
const ENCODING: &str = "hub-core/src/protocol/core/encoding.rs";
const ANY: &str = "hub-core/src/value/any.rs";
const REQUESTS: &str = "tests/integration/requests.rs";
const GROUPS: &str = "tests/integration/groups.rs";
const LOG: &str = "tests/integration/log.rs";
const SELECTORS: &str = "tests/integration/selectors.rs";
const ERRORS: &str = "tests/integration/dispatch/errors.rs";
const DISPATCH: &str = "tests/integration/dispatch/mod.rs";
const LIVES: &str = "tests/integration/events/mod.rs";
const FAILURES: &str = "tests/integration/events/failures.rs";
const KNOWN: &str = "tests/integration/rejoin/known.rs";
const UNKNOWN: &str = "tests/integration/rejoin/unknown.rs";
const REFUSED: &str = "tests/integration/rejoin/refused.rs";
const CURSORS: &str = "tests/integration/rejoin/cursors.rs";
const STAGE: &str = "tests/integration/rejoin/stage.rs";
const INVOCATION: &str = "hub-core/src/protocol/classic/invocation.rs";
const CONNECTION_DATA: &str = "hub-core/src/protocol/classic/connection_data.rs";

const fn unplayed(
    recording: &'static str,
    about: &'static str,
    tests: &'static [(&'static str, &'static str)],
) -> Free {
    free(recording, &[], about, tests)
}

/// By name; with how they say what they are about.
pub(crate) const RECORDINGS: &[Free] = &[
    unplayed(
        "abort-between-two-polls",
        "Nobody hears it",
        &[(REQUESTS, "abort_between_two_polls_ends_the_connection_at_once")],
    ),
    unplayed(
        "add-for-a-connection-that-is-not-there",
        "Adding or removing",
        &[(GROUPS, "a_connection_that_is_not_there_is_an_error_at_once")],
    ),
    unplayed(
        "buffer-overrun",
        "The buffer holds 32",
        &[
            (LOG, "many_thousand_missed_messages_come_completely_while_new_ones_go_on"),
            (LOG, "a_gap_is_logged_and_counted_and_what_is_left_comes"),
        ],
    ),
    unplayed(
        "buffer-overrun-of-a-thousand",
        "The default buffer",
        &[(LOG, "many_thousand_missed_messages_come_completely_while_new_ones_go_on")],
    ),
    unplayed(
        "calls-as-its-library-reads-them",
        "Text after the JSON",
        &[
            (ERRORS, "what_is_no_invocation_is_answered_with_an_error"),
            (DISPATCH, "arguments_that_do_not_fit_are_an_error_and_the_method_is_not_entered"),
            (INVOCATION, "what_is_no_invocation_says_why_and_keeps_the_id"),
        ],
    ),
    unplayed(
        "connected-but-never-started",
        "A client that connects",
        &[(LIVES, "a_connection_that_never_started_ends_without_an_event")],
    ),
    unplayed(
        "connection-data-as-its-library-reads-it",
        "Other quotes",
        &[
            (CONNECTION_DATA, "nonsense_and_repetition_are_refused"),
            (REQUESTS, "the_clients_own_faults_are_400_with_a_line_of_text"),
        ],
    ),
    unplayed(
        "empty-group-name",
        "It is a name like any other for Add",
        &[
            (GROUPS, "names_are_1_to_256_bytes_of_any_text"),
            (SELECTORS, "a_name_that_can_be_none_is_an_error_of_the_call_and_nothing_is_sent"),
        ],
    ),
    unplayed(
        "errors-of-special-kinds",
        "HubException without data",
        &[
            (ERRORS, "an_error_for_the_client_reaches_it_word_for_word_with_its_data"),
            (ERRORS, "any_other_error_is_told_to_the_log_alone_with_its_chain"),
            (DISPATCH, "what_is_no_hub_method_cannot_be_called"),
        ],
    ),
    unplayed(
        "excluded-messages-wake-the-poll",
        "A message that is excluded",
        &[(REQUESTS, "an_idle_poll_ends_with_its_place_and_raises_nothing")],
    ),
    unplayed(
        "forever-frame",
        "An HTML stream",
        &[(REQUESTS, "foreign_transports_and_jsonp_are_refused_with_a_clear_error")],
    ),
    unplayed(
        "group-without-a-place-in-the-cursor",
        "The trap",
        &[
            (LOG, "a_group_is_replayed_from_its_joins_to_its_leaves"),
            (LOG, "a_quiet_group_in_a_busy_server_loses_nothing"),
        ],
    ),
    unplayed(
        "incoming-size-limit-below-one-read",
        "What fits one read",
        &[(BAD_INPUT, "a_limit_holds_to_the_byte_however_small_it_is")],
    ),
    unplayed(
        "jsonp-switched-on",
        "Every answer is wrapped",
        &[(REQUESTS, "foreign_transports_and_jsonp_are_refused_with_a_clear_error")],
    ),
    unplayed(
        "long-polling-groups-live-in-the-request",
        "A poll without the token",
        &[
            (KNOWN, "long_polling_needs_its_token_on_every_poll"),
            (KNOWN, "rule_1_its_own_membership_is_newer_than_any_token"),
        ],
    ),
    unplayed(
        "old-groups-token-brings-back-what-was-left",
        "A token has no time",
        &[
            (KNOWN, "rule_1_its_own_membership_is_newer_than_any_token"),
            (UNKNOWN, "rule_4_a_removal_outlives_the_token_and_the_connection"),
            (REFUSED, "a_token_expires_after_its_life_and_the_disconnect_timeout"),
        ],
    ),
    unplayed(
        "reconnect-with-a-broken-cursor",
        "A cursor of this process",
        &[(CURSORS, "a_broken_cursor_of_this_process_is_refused_with_400")],
    ),
    unplayed("rejoin-stage-at-a-poll", "A poll asks", &[(STAGE, "it_is_not_asked_at_polls_of_a_known_connection")]),
    unplayed(
        "rejoin-stage-is-asked-on-every-request",
        "It sees the hub",
        &[
            (STAGE, "it_is_asked_once_for_each_listed_hub_with_the_hubs_own_groups"),
            (STAGE, "it_is_asked_with_an_empty_list_too"),
        ],
    ),
    unplayed(
        "result-that-cannot-be-serialised",
        "The WebSocket is closed",
        &[(ERRORS, "a_result_that_cannot_be_serialised_is_an_error")],
    ),
    unplayed(
        "send-without-a-live-stream",
        "Any valid token may send",
        &[
            (REQUESTS, "sending_needs_no_live_stream_while_the_connection_is_known"),
            (REQUESTS, "sending_after_the_end_is_404_and_starting_too"),
        ],
    ),
    unplayed(
        "start-at-any-time-and-again",
        "Start runs",
        &[
            (LIVES, "a_second_start_is_answered_and_does_nothing"),
            (LIVES, "start_may_come_before_the_stream_and_what_it_sends_is_not_lost"),
        ],
    ),
    unplayed(
        "start-fails-and-the-stream-lives-on",
        "The connected event throws",
        &[(FAILURES, "a_failing_connected_event_refuses_start_and_ends_the_connection")],
    ),
    unplayed(
        "token-of-the-same-user-in-other-case",
        "The original compares",
        &[(REQUESTS, "a_user_cannot_change_and_names_are_compared_byte_for_byte")],
    ),
    unplayed(
        "values-any-as-its-library-writes-them",
        "The same where",
        &[(VALUES, "a_value_of_any_type_gives_back_what_came"), (ANY, "what_came_in_json_is_given_back")],
    ),
    unplayed(
        "values-complex-object-read-generously",
        "The same object",
        &[(VALUES, "structs_are_maps_by_the_names_of_serde"), (ENCODING, "what_does_not_fit_the_type_is_refused")],
    ),
];
