//! Which tests hold the lines of section 10 of the specification. That none is left out, and that each test is there, says `coverage`.

/// A line: a row of a table, a point of a list, or a sentence.
pub(crate) struct Line {
    /// Where it stands.
    pub(crate) section: &'static str,
    /// How it begins.
    pub(crate) begins: &'static str,
    /// The tests that hold it, each with its file.
    pub(crate) tests: &'static [(&'static str, &'static str)],
}

const fn line(section: &'static str, begins: &'static str, tests: &'static [(&'static str, &'static str)]) -> Line {
    Line { section, begins, tests }
}

const OTHERWISE: &str = "tests/checklists/tests/otherwise.rs";
const REFRESH_9: &str = "tests/checklists/tests/refresh.rs";
const USERS: &str = "tests/checklists/tests/users.rs";
const CANCELLING: &str = "tests/checklists/tests/cancelling.rs";
const BOTH: &str = "tests/integration/core/both.rs";
const CALLS: &str = "tests/integration/core/calls.rs";
const LACKS: &str = "tests/integration/core/lacks.rs";
const REJOIN: &str = "tests/integration/core/rejoin.rs";
const RESERVATIONS: &str = "tests/integration/core/reservations.rs";
const STATEFUL: &str = "tests/integration/core/stateful.rs";
const STREAMS: &str = "tests/integration/core/streams.rs";
const WAITS: &str = "tests/integration/core/waits.rs";
const DISPATCH: &str = "tests/integration/dispatch/mod.rs";
const DRAIN: &str = "tests/integration/drain.rs";
const OPTIONS: &str = "tests/integration/options.rs";
const CORE_OPTIONS: &str = "tests/integration/core/options.rs";
const VALUES: &str = "tests/integration/values/rows.rs";
const BOMBS: &str = "tests/hostile/tests/core_bombs.rs";
const NAMES: &str = "tests/hostile/tests/core_names.rs";
const GROUPS_TOKENS: &str = "hub-core/src/rejoin/groups_token_tests.rs";
const AUTHORITY: &str = "hub-core/src/rejoin/authority_tests.rs";
const SPENT: &str = "hub-core/src/core/spent.rs";
const ENCODING: &str = "hub-core/src/protocol/core/encoding.rs";
const REPLAY: &str = "hub-core/src/core/link/replay.rs";
const ANY: &str = "hub-core/src/value/any.rs";
const METHOD_UI: &str = "hub-macros/tests/ui/hub_method";
const WRAPPER: &str = "typescript/test/connection.test.mjs";
const REJOINS: &str = "tests/interop/core/behaviours/rejoins.mjs";
const CLIENT_VALUES: &str = "tests/interop/core/behaviours/calls.mjs";

pub(crate) const LINES: &[Line] = &[
    line(
        "10.1",
        "5.9, Q16:",
        &[
            (BOTH, "a_room_of_both_generations_hears_everything_once_and_in_order"),
            (LACKS, "every_selector_reaches_clients_of_both_generations"),
        ],
    ),
    line(
        "10.1",
        "3.6, 5.6: trailing",
        &[
            (CALLS, "optional_arguments_at_the_end_may_be_missing"),
            (CALLS, "the_number_that_is_told_is_the_largest_declared"),
        ],
    ),
    line(
        "10.1",
        "5.6: overloads",
        &[
            (CALLS, "methods_that_share_a_name_are_told_apart_by_number"),
            (DISPATCH, "the_number_of_arguments_picks_among_methods_of_one_name"),
            (METHOD_UI, "same_name_and_arguments"),
        ],
    ),
    line(
        "10.1",
        "3.11:",
        &[
            (CALLS, "what_cannot_be_serialised_fails_its_call_and_ends_no_connection"),
            (OTHERWISE, "what_one_encoding_cannot_say_is_sent_to_nobody_and_ends_nobody"),
        ],
    ),
    line("10.1", "4.4.2:", &[(OTHERWISE, "the_old_socket_is_closed_with_1000_and_the_new_one_does_not_wait_for_it")]),
    line(
        "10.1",
        "4.3:",
        &[
            (STATEFUL, "what_was_sent_before_the_end_comes_before_the_close"),
            (STATEFUL, "a_client_that_was_away_has_its_time_to_acknowledge_anew"),
            (WAITS, "a_full_reconnect_buffer_is_waited_for_5_s"),
        ],
    ),
    line("10.1", "4.2: Sequence(s)", &[(STATEFUL, "a_number_that_cannot_be_ends_the_connection")]),
    line("10.1", "4.2: an Ack goes out", &[(STATEFUL, "an_acknowledgement_that_was_lost_is_given_anew")]),
    line("10.1", "1.5: any number", &[(RESERVATIONS, "the_oldest_reservation_gives_way_and_a_connection_does_not")]),
    line("10.1", "4.4: any number", &[(STATEFUL, "a_client_that_comes_back_in_a_loop_has_to_wait")]),
    line(
        "10.1",
        "2.6:",
        &[
            (OTHERWISE, "a_drain_closes_hubs_with_1000_behind_their_close_and_raw_connections_with_1001"),
            (DRAIN, "streams_end_in_batches_over_the_time_that_was_given"),
        ],
    ),
    line("10.1", "1.1:", &[(OTHERWISE, "a_path_is_the_routers_letter_for_letter")]),
    line(
        "10.1",
        "1.10, Q15 and 9.6",
        &[
            (REFRESH_9, "n01_off_there_is_no_route_and_no_lifetime_and_what_is_always_on_holds"),
            (USERS, "n17_nothing_that_another_user_posts_reaches_the_hub"),
            (USERS, "n18_another_users_poll_is_refused_and_the_owners_goes_on"),
            (USERS, "n19_another_user_does_not_come_back_with_a_connection"),
            (USERS, "n24_a_token_of_one_mount_is_unknown_on_another"),
        ],
    ),
    line(
        "10.1",
        "negotiate from a foreign Origin",
        &[(OTHERWISE, "a_foreign_page_is_refused_unless_an_option_lets_it_in")],
    ),
    line(
        "10.1",
        "unknown message type stalls",
        &[
            (CALLS, "what_a_later_version_says_is_passed_over"),
            (BOMBS, "unknown_types_are_passed_over_however_many"),
            (STATEFUL, "a_number_that_cannot_be_ends_the_connection"),
            (REPLAY, "what_is_not_acknowledged_is_sent_again_with_its_number"),
            (OTHERWISE, "pings_and_acknowledgements_come_through_a_full_reconnect_buffer"),
        ],
    ),
    line("10.1", "2.2:", &[(OTHERWISE, "a_client_that_closes_with_any_code_is_answered_and_gone")]),
    line("10.1", "an incoming WebSocket message", &[(OTHERWISE, "a_websocket_message_is_bounded_as_a_whole")]),
    line("10.1", "messagepack nesting", &[(BOMBS, "sixty_four_levels_pass_and_one_more_is_a_fault")]),
    line("10.1", "detailed texts", &[(OTHERWISE, "a_detailed_text_names_the_type_of_the_applications_error")]),
    line(
        "10.2",
        "Names are serde's",
        &[(VALUES, "structs_are_maps_by_the_names_of_serde"), (ENCODING, "names_are_those_of_the_type")],
    ),
    line("10.2", "There is no naming policy", &[(VALUES, "structs_are_maps_by_the_names_of_serde")]),
    line("10.2", "Enums likewise", &[(VALUES, "enums_are_what_serde_says")]),
    line("10.2", "Bytes:", &[(VALUES, "bytes_are_base64_or_bin"), (VALUES, "a_vec_of_u8_is_a_list_of_numbers")]),
    line("10.2", "Date-times:", &[(VALUES, "dates_are_iso_8601_or_the_timestamp_extension")]),
    line(
        "10.2",
        "Untyped values",
        &[
            (VALUES, "a_value_of_any_type_gives_back_what_came"),
            (ANY, "what_came_in_json_is_given_back"),
            (ANY, "what_came_in_messagepack_is_given_back"),
        ],
    ),
    line(
        "10.2",
        "The conformance server's `ComplexObject`",
        &[(CLIENT_VALUES, "7.61 objects, dates and bytes travel as the protocol has them")],
    ),
    line(
        "10.3",
        "stream method, upload method",
        &[
            (BOTH, "a_classic_connection_says_what_it_cannot"),
            (LACKS, "an_upload_works_on_a_core_connection_and_is_an_error_on_a_classic_one"),
            (STREAMS, "a_returned_stream_streams"),
        ],
    ),
    line(
        "10.3",
        "client result",
        &[
            (BOTH, "a_classic_connection_says_what_it_cannot"),
            (CALLS, "a_call_that_asks_its_own_caller_lets_others_run_meanwhile"),
        ],
    ),
    line(
        "10.3",
        "cancelling a call",
        &[(CANCELLING, "n26_a_cancelled_call_has_one_completion_and_its_method_says_which")],
    ),
    line("10.3", "progress", &[(LACKS, "progress_goes_nowhere_on_a_core_connection_and_the_result_comes")]),
    line("10.3", "caller state", &[(LACKS, "a_core_caller_has_no_state_and_changes_of_it_are_dropped")]),
    line("10.3", "several hubs", &[(LACKS, "a_core_mount_has_one_hub_and_a_classic_connection_several")]),
    line("10.3", "exclusion, groups", &[(LACKS, "every_selector_reaches_clients_of_both_generations")]),
    line(
        "10.4",
        "Stream items, completions",
        &[
            (WAITS, "what_waits_for_room_waits_for_the_send_timeout_and_then_the_connection_ends"),
            (WAITS, "who_reads_in_time_gets_it_all"),
            (WAITS, "a_full_reconnect_buffer_is_waited_for_5_s"),
        ],
    ),
    line(
        "10.4",
        "Sends to groups",
        &[
            (WAITS, "sends_to_many_wait_for_nobody_and_the_bounds_are_in_messages_and_bytes"),
            (OTHERWISE, "a_client_that_reads_nothing_delays_no_send_to_many_and_is_let_go"),
        ],
    ),
    line(
        "10.4",
        "Bound:",
        &[
            (WAITS, "sends_to_many_wait_for_nobody_and_the_bounds_are_in_messages_and_bytes"),
            (WAITS, "questions_that_nobody_awaits_are_bounded"),
            (STATEFUL, "what_is_kept_counts_for_the_process_and_who_has_most_of_it_gives_way"),
            (STATEFUL, "what_was_sent_before_the_end_comes_before_the_close"),
            (OTHERWISE, "pings_and_acknowledgements_come_through_a_full_reconnect_buffer"),
        ],
    ),
    line(
        "10.4",
        "A client result waits",
        &[
            (WAITS, "an_answer_is_waited_for_without_limit"),
            (WAITS, "a_question_ends_with_its_token"),
            (CALLS, "a_question_may_have_a_limit"),
        ],
    ),
    line("10.4", "A cancelled stream", &[(STREAMS, "a_cancelled_stream_is_dropped_before_its_completion")]),
    line(
        "10.5",
        "The host hands",
        &[
            (REFRESH_9, "n05_new_claims_are_seen_and_the_rest_stays"),
            (NAMES, "a_user_is_reached_by_the_own_id_alone_and_a_method_by_the_own_name"),
        ],
    ),
    line("10.5", "\"The same user\"", &[(USERS, "n23_who_negotiated_opens")]),
    line(
        "10.5",
        "There is no Windows row",
        &[(OTHERWISE, "a_user_of_a_windows_domain_renews_credentials_like_any_other")],
    ),
    line(
        "10.5",
        "There is no second user",
        &[(USERS, "n22_without_refresh_new_claims_are_served_and_hub_code_keeps_its_user")],
    ),
    line("10.6", "For clients that ask", &[(REJOIN, "who_does_not_ask_hears_nothing_of_it")]),
    line("10.6", "Reserved names", &[(METHOD_UI, "name_is_not_allowed")]),
    line(
        "10.6",
        "1. After every handshake",
        &[
            (REJOIN, "the_connected_event_has_run_before_groups_come_back"),
            (WRAPPER, "the first start asks with null, and resolves when the answer is there"),
            (WRAPPER, "a reconnect hands the newest token back, before the application hears of the reconnect"),
            (WRAPPER, "tokens are kept by hub URL, and a store of the application's has each of them in order"),
            (REJOINS, "10.6 groups come back after a cut link, before the application hears of it"),
        ],
    ),
    line(
        "10.6",
        "2. The server verifies",
        &[
            (REJOIN, "groups_come_back_by_token_and_the_previous_connection_ends"),
            (REJOIN, "a_token_is_of_one_user_and_only_the_newest_is_good"),
            (REJOIN, "a_token_of_another_hub_or_application_is_refused_and_the_connection_goes_on"),
            (REJOIN, "a_token_outlives_the_server"),
            (GROUPS_TOKENS, "on_the_core_wire_the_token_names_the_connection_and_gives_one_hub"),
            (GROUPS_TOKENS, "every_binding_has_its_reason"),
            (GROUPS_TOKENS, "a_token_has_its_time"),
            (AUTHORITY, "nothing_that_is_printed_holds_a_token_or_a_key"),
            (SPENT, "only_the_newest_token_is_good_and_only_once"),
        ],
    ),
    line(
        "10.6",
        "3. The groups of the token",
        &[(REJOIN, "the_stage_has_the_last_word_and_what_was_removed_meanwhile_stays_so")],
    ),
    line(
        "10.6",
        "4. From then on",
        &[
            (REJOIN, "changes_of_membership_bring_at_most_one_token_in_100_ms"),
            (REJOIN, "a_token_is_renewed_before_it_expires"),
            (REJOIN, "who_does_not_ask_hears_nothing_of_it"),
            (REJOINS, "10.6 without the package a client hears nothing of it"),
        ],
    ),
    line("10.6", "5. A token travels", &[(REJOIN, "a_token_beyond_24_kib_is_a_reference_that_a_restart_loses")]),
    line(
        "10.6",
        "6. `withSignedRejoin(builder)`",
        &[
            (WRAPPER, "a reconnect hands the newest token back, before the application hears of the reconnect"),
            (WRAPPER, "a page's storage brings the token over a reload"),
            (WRAPPER, "a server that knows nothing of it serves as without it, and keeps the token for one that does"),
        ],
    ),
    line(
        "10.7",
        "Every option of 5.1",
        &[
            (CORE_OPTIONS, "every_option_is_set_for_all_for_a_hub_or_for_a_mount_and_the_nearest_holds"),
            (OPTIONS, "the_nearest_option_wins"),
            (WAITS, "the_send_timeout_of_the_mount_is_the_one_that_holds"),
        ],
    ),
    line(
        "10.7",
        "Mounts of one `HubServer`",
        &[(OTHERWISE, "mounts_of_one_server_hear_each_other_and_other_servers_do_not")],
    ),
];
