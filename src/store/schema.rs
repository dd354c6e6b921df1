//! The tables, as both stores have them. A test compares them with what the migrations make.

mod accounts;
mod factors;
mod suspicions;

pub(super) use accounts::*;
pub(super) use factors::*;
pub(super) use suspicions::*;

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    tenant (id) {
        id -> Id,
        slug -> Text,
        created -> Instant,
        schema_version -> BigInt,
        max_users -> Nullable<BigInt>,
        max_groups -> Nullable<BigInt>,
        max_members -> Nullable<BigInt>,
        max_attributes -> Nullable<BigInt>,
        max_document_bytes -> Nullable<BigInt>,
        name -> Nullable<Text>,
        partner_id -> Nullable<Id>,
        suspended -> Bool,
        settings -> Document,
        grants_version -> BigInt,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    connection (id) {
        id -> Id,
        tenant_id -> Id,
        name -> Text,
        name_folded -> Text,
        profile -> Text,
        reach -> Text,
        adoption -> Text,
        created -> Instant,
        rate -> Nullable<Integer>,
        provider_id -> Nullable<Id>,
        password_sync -> Bool,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    scim_token (id) {
        id -> Text,
        connection_id -> Id,
        secret_hash -> Binary,
        scope -> Text,
        created -> Instant,
        expires -> Nullable<Instant>,
        revoked -> Nullable<Instant>,
        last_used -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    users (seq) {
        seq -> BigInt,
        id -> Id,
        tenant_id -> Id,
        user_name -> Text,
        user_name_folded -> Text,
        display_name -> Nullable<Text>,
        display_name_folded -> Nullable<Text>,
        active -> Nullable<Bool>,
        identity_source -> Text,
        created_by -> Nullable<Id>,
        version -> BigInt,
        doc -> Document,
        created -> Instant,
        modified -> Instant,
        deleted -> Nullable<Instant>,
        search -> Nullable<Text>,
        email -> Nullable<Text>,
        email_verified -> Bool,
        verified_email -> Nullable<Text>,
        status -> Text,
        status_until -> Nullable<Instant>,
        status_after -> Nullable<Text>,
        activation -> Text,
        source_active -> Bool,
        epoch -> BigInt,
        grants_version -> BigInt,
        mfa_enabled -> Bool,
        is_test -> Bool,
        last_login -> Nullable<Instant>,
        strongest_factor -> Integer,
        factors -> Integer,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    user_attribute (path_id, value_folded, user_seq, position) {
        path_id -> Integer,
        value_folded -> Text,
        user_seq -> BigInt,
        position -> Integer,
        kind -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    identity (id) {
        id -> Id,
        user_id -> Id,
        protocol -> Text,
        connection_id -> Nullable<Id>,
        subject -> Nullable<Text>,
        hidden -> Bool,
        first_seen -> Instant,
        last_seen -> Instant,
        provider_id -> Nullable<Id>,
        asserted -> Bool,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    groups (seq) {
        seq -> BigInt,
        id -> Id,
        tenant_id -> Id,
        connection_id -> Nullable<Id>,
        display_name -> Text,
        display_name_folded -> Text,
        unique_name -> Nullable<Text>,
        external_id -> Nullable<Text>,
        version -> BigInt,
        doc -> Document,
        created -> Instant,
        modified -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    group_member (group_id, member_id) {
        group_id -> Id,
        member_id -> Id,
        is_group -> Bool,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    journal (seq) {
        seq -> BigInt,
        tenant_id -> Id,
        at -> Instant,
        actor_kind -> Text,
        actor_id -> Text,
        request_id -> Text,
        resource_type -> Text,
        resource_id -> Text,
        operation -> Text,
        paths -> Document,
        members -> Nullable<Document>,
        identity_source -> Nullable<Text>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    journal_value (journal_seq) {
        journal_seq -> BigInt,
        subject_id -> Text,
        before -> Nullable<Document>,
        after -> Nullable<Document>,
        actor_name -> Nullable<Text>,
        resource_name -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    counter (owner_id, kind, shard) {
        owner_id -> Id,
        kind -> Text,
        shard -> Integer,
        amount -> BigInt,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    provisioning_log (seq) {
        seq -> BigInt,
        tenant_id -> Id,
        connection_id -> Id,
        connection_name -> Text,
        token_id -> Text,
        at -> Instant,
        request_id -> Text,
        part -> Nullable<Integer>,
        client -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        method -> Text,
        path -> Text,
        query -> Nullable<Text>,
        status -> Integer,
        micros -> BigInt,
        did -> Text,
        tolerated -> Nullable<Text>,
        resource_type -> Nullable<Text>,
        resource_id -> Nullable<Text>,
        detail -> Nullable<Text>,
        body -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    installation (id) {
        id -> BigInt,
        key_id -> Text,
        key_check -> Binary,
        created -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    sealed_key (name) {
        name -> Text,
        sealed -> Binary,
        created -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    custom_schema (seq) {
        seq -> BigInt,
        tenant_id -> Id,
        urn_folded -> Text,
        definition -> Document,
        created -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    custom_type (seq) {
        seq -> BigInt,
        tenant_id -> Id,
        name -> Text,
        name_folded -> Text,
        description -> Text,
        endpoint -> Text,
        schema_urn -> Text,
        created -> Instant,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    type_extension (seq) {
        seq -> BigInt,
        tenant_id -> Id,
        resource_type -> Text,
        urn_folded -> Text,
        required -> Bool,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    attribute_path (seq) {
        seq -> BigInt,
        tenant_id -> Id,
        urn_folded -> Text,
        path -> Text,
        indexed -> Bool,
        kept_unique -> Bool,
        filled -> Bool,
        filled_to -> BigInt,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    unique_value (path_id, resource_type, value_hash) {
        path_id -> Integer,
        resource_type -> Text,
        value_hash -> Binary,
        resource_id -> Id,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    schema_purge (seq) {
        seq -> BigInt,
        tenant_id -> Id,
        resource_type -> Text,
        urn -> Text,
        done_to -> BigInt,
    }
}

diesel::table! {
    use crate::store::types::sql::*;
    use diesel::sql_types::*;

    resource (seq) {
        seq -> BigInt,
        id -> Id,
        tenant_id -> Id,
        resource_type -> Text,
        created_by -> Nullable<Id>,
        external_id -> Nullable<Text>,
        version -> BigInt,
        doc -> Document,
        created -> Instant,
        modified -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    search_common (gram) {
        gram -> Text,
        share -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    search_sample (last_seq) {
        last_seq -> BigInt,
    }
}

diesel::joinable!(connection -> tenant (tenant_id));
diesel::joinable!(users -> tenant (tenant_id));
diesel::joinable!(application_token -> application (application_id));
diesel::joinable!(scim_token -> connection (connection_id));
diesel::allow_tables_to_appear_in_same_query!(
    partner,
    user_restriction,
    login_id,
    password,
    password_history,
    session,
    signing_key,
    one_time_link,
    guess,
    org_unit,
    user_org_unit,
    role,
    role_grant,
    identity_provider,
    adoption_request,
    application,
    application_assignment,
    application_token,
    domain,
    outbox,
    activity,
    factor,
    passkey,
    recovery_code,
    user_mfa,
    ceremony,
    device,
    mfa_day,
    mfa_reset,
    suspicion,
    suspicious_fact,
    alert_webhook,
    tenant,
    connection,
    scim_token,
    users,
    user_attribute,
    identity,
    groups,
    group_member,
    journal,
    journal_value,
    custom_schema,
    custom_type,
    type_extension,
    attribute_path,
    unique_value,
    schema_purge,
    resource,
    counter,
    provisioning_log,
    search_common,
    search_sample,
);
