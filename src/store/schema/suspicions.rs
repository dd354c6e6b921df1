//! The tables of suspicious activity: what was found, what it was found by, and where alerts are posted to.

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    suspicion (seq) {
        seq -> BigInt,
        id -> Id,
        tenant_id -> Id,
        user_id -> Nullable<Id>,
        kind -> Text,
        what -> Text,
        severity -> Text,
        details -> Text,
        amount -> BigInt,
        detected -> Instant,
        first_seen -> Instant,
        last_seen -> Instant,
        alerted -> Nullable<Instant>,
        acknowledged -> Nullable<Instant>,
        acknowledged_by -> Nullable<Text>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    suspicious_fact (seq) {
        seq -> BigInt,
        what -> Nullable<Text>,
        suspicion_seq -> Nullable<BigInt>,
        user_id -> Nullable<Id>,
        at -> Instant,
        happened -> Text,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        distinct_by -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    alert_webhook (tenant_id) {
        tenant_id -> Id,
        url -> Text,
        sealed -> Binary,
        created -> Instant,
    }
}
