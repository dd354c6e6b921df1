//! The tables of second factors: what users prove who they are with beside the password, and what is under way.

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    factor (user_id, kind) {
        user_id -> Id,
        kind -> Text,
        sealed -> Binary,
        hint -> Nullable<Text>,
        created -> Instant,
        last_used -> Nullable<Instant>,
        last_step -> Nullable<BigInt>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    passkey (id) {
        id -> Id,
        user_id -> Id,
        credential_id -> Binary,
        credential -> Document,
        rp_id -> Text,
        name -> Text,
        aaguid -> Nullable<Text>,
        device_bound -> Bool,
        backed_up -> Bool,
        created -> Instant,
        last_used -> Nullable<Instant>,
        uses -> BigInt,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    recovery_code (user_id, hash) {
        user_id -> Id,
        hash -> Binary,
        created -> Instant,
        used -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    user_mfa (user_id) {
        user_id -> Id,
        preferred -> Nullable<Text>,
        asked_since -> Nullable<Instant>,
        code_required -> Bool,
        mailed_reset -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    ceremony (id) {
        id -> Text,
        secret_hash -> Binary,
        purpose -> Text,
        tenant_id -> Nullable<Id>,
        user_id -> Nullable<Id>,
        session_id -> Nullable<Id>,
        epoch -> Nullable<BigInt>,
        created -> Instant,
        expires -> Instant,
        tries -> Integer,
        state -> Document,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    remembered_device (id) {
        id -> Text,
        secret_hash -> Binary,
        user_id -> Id,
        epoch -> BigInt,
        created -> Instant,
        expires -> Instant,
        last_used -> Instant,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    mfa_reset (id) {
        id -> Id,
        tenant_id -> Id,
        user_id -> Id,
        requested_by -> Id,
        reason -> Nullable<Text>,
        keep_passkeys -> Bool,
        requested -> Instant,
        not_before -> Instant,
        expires -> Instant,
        decision -> Nullable<Text>,
        decided -> Nullable<Instant>,
        decided_by -> Nullable<Id>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    alert (id) {
        id -> Id,
        tenant_id -> Id,
        user_id -> Nullable<Id>,
        kind -> Text,
        severity -> Text,
        detail -> Text,
        evidence -> Document,
        detected -> Instant,
        same_as -> Binary,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    mfa_adoption (tenant_id, day) {
        tenant_id -> Id,
        day -> Integer,
        users -> BigInt,
        with_factor -> BigInt,
        by_kind -> Document,
    }
}
