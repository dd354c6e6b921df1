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
        reminded -> Nullable<Instant>,
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

    mfa_reset (id) {
        id -> Id,
        tenant_id -> Id,
        user_id -> Id,
        what -> Text,
        passkey_id -> Nullable<Id>,
        keep_passkeys -> Bool,
        deliver -> Text,
        reason -> Nullable<Text>,
        reason_required -> Bool,
        approver_required -> Bool,
        requested_by -> Id,
        requested -> Instant,
        due -> Instant,
        expires -> Instant,
        approved_by -> Nullable<Id>,
        approver_tenant -> Nullable<Id>,
        approved -> Nullable<Instant>,
        outcome -> Nullable<Text>,
        closed_by -> Nullable<Id>,
        closed -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    device (id) {
        id -> Id,
        user_id -> Id,
        name -> Nullable<Text>,
        method -> Text,
        passkey_id -> Nullable<Id>,
        epoch -> BigInt,
        secret_hash -> Binary,
        previous_hash -> Nullable<Binary>,
        previous_until -> Nullable<Instant>,
        created -> Instant,
        expires -> Instant,
        last_used -> Nullable<Instant>,
        uses -> BigInt,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    mfa_day (tenant_id, day) {
        tenant_id -> Id,
        day -> BigInt,
        users -> BigInt,
        enabled -> BigInt,
        passkey -> BigInt,
        totp -> BigInt,
        sms -> BigInt,
        email -> BigInt,
        single_device -> BigInt,
        no_recovery_codes -> BigInt,
    }
}
