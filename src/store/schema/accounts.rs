//! The tables of accounts: how people sign in, what they may do, where they belong, and what is said to them.

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    partner (id) {
        id -> Id,
        slug -> Text,
        name -> Text,
        created -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    user_restriction (user_id) {
        user_id -> Id,
        suspended -> Bool,
        suspended_until -> Nullable<Instant>,
        deactivated -> Nullable<Instant>,
        locked -> Bool,
        locked_until -> Nullable<Instant>,
        reason -> Nullable<Text>,
        by_kind -> Nullable<Text>,
        by_id -> Nullable<Text>,
        parked_email -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    login_id (tenant_id, value_folded) {
        tenant_id -> Id,
        value_folded -> Text,
        user_id -> Id,
        kind -> Text,
        verified -> Bool,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    password (user_id) {
        user_id -> Id,
        scheme -> Text,
        hash -> Text,
        changed -> Instant,
        must_change -> Bool,
        expires -> Nullable<Instant>,
        synced -> Bool,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    password_history (seq) {
        seq -> BigInt,
        user_id -> Id,
        scheme -> Text,
        hash -> Text,
        replaced -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    session (id) {
        id -> Id,
        user_id -> Id,
        created -> Instant,
        last_used -> Instant,
        expires -> Instant,
        idle_seconds -> BigInt,
        epoch -> BigInt,
        methods -> Text,
        strength -> Text,
        authenticated -> Instant,
        limited_to -> Nullable<Text>,
        refresh_hash -> Binary,
        previous_hash -> Nullable<Binary>,
        previous_until -> Nullable<Instant>,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        revoked -> Nullable<Instant>,
        fresh_seconds -> BigInt,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    signing_key (id) {
        id -> Text,
        sealed -> Binary,
        public_key -> Document,
        created -> Instant,
        usable_from -> Instant,
        retired -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    one_time_link (id) {
        id -> Text,
        secret_hash -> Binary,
        purpose -> Text,
        user_id -> Id,
        epoch -> BigInt,
        created -> Instant,
        expires -> Instant,
        used -> Nullable<Instant>,
        payload -> Document,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    guess (what) {
        what -> Binary,
        failures -> Integer,
        first -> Instant,
        last -> Instant,
        blocked_until -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    org_unit (id) {
        id -> Id,
        tenant_id -> Id,
        parent_id -> Nullable<Id>,
        kind -> Text,
        key -> Text,
        key_folded -> Text,
        name -> Text,
        name_folded -> Text,
        description -> Nullable<Text>,
        lineage -> Text,
        version -> BigInt,
        created -> Instant,
        modified -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    user_org_unit (user_id, unit_id) {
        user_id -> Id,
        unit_id -> Id,
        is_home -> Bool,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    role (id) {
        id -> Id,
        tenant_id -> Id,
        key -> Text,
        name -> Text,
        description -> Nullable<Text>,
        permissions -> Document,
        inherits -> Document,
        version -> BigInt,
        created -> Instant,
        modified -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    role_grant (id) {
        id -> Id,
        tenant_id -> Id,
        subject_kind -> Text,
        subject_id -> Id,
        role -> Text,
        scope_kind -> Text,
        scope_id -> Id,
        origin -> Text,
        created -> Instant,
        created_by -> Text,
        expires -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    identity_provider (id) {
        id -> Id,
        tenant_id -> Id,
        protocol -> Text,
        name -> Text,
        name_folded -> Text,
        settings -> Document,
        enabled -> Bool,
        created -> Instant,
        modified -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    adoption_request (connection_id, user_id) {
        connection_id -> Id,
        user_id -> Id,
        requested -> Instant,
        decision -> Nullable<Text>,
        decided -> Nullable<Instant>,
        decided_by -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    application (id) {
        id -> Id,
        tenant_id -> Id,
        name -> Text,
        name_folded -> Text,
        description -> Nullable<Text>,
        settings -> Document,
        enabled -> Bool,
        version -> BigInt,
        created -> Instant,
        modified -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    application_assignment (application_id, subject_id) {
        application_id -> Id,
        subject_kind -> Text,
        subject_id -> Id,
        created -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    application_token (id) {
        id -> Text,
        application_id -> Id,
        name -> Text,
        secret_hash -> Binary,
        created -> Instant,
        expires -> Nullable<Instant>,
        revoked -> Nullable<Instant>,
        last_used -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    domain (tenant_id, name) {
        tenant_id -> Id,
        name -> Text,
        challenge -> Text,
        created -> Instant,
        verified -> Nullable<Instant>,
        checked -> Nullable<Instant>,
        asserted_by -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    outbox (seq) {
        seq -> BigInt,
        tenant_id -> Id,
        user_id -> Nullable<Id>,
        purpose -> Text,
        payload -> Document,
        created -> Instant,
        due -> Instant,
        attempts -> Integer,
        error -> Nullable<Text>,
        sent -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    activity (seq) {
        seq -> BigInt,
        tenant_id -> Id,
        at -> Instant,
        kind -> Text,
        outcome -> Text,
        actor_kind -> Text,
        actor_id -> Text,
        user_id -> Nullable<Id>,
        resource_type -> Nullable<Text>,
        resource_id -> Nullable<Text>,
        detail -> Document,
        amount -> Integer,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        request_id -> Text,
    }
}
