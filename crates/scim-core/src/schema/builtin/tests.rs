use super::*;
use crate::schema::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};

/// Every attribute and sub-attribute of a schema with its path.
fn all(schema: &Schema) -> Vec<(String, Attribute)> {
    let mut found = Vec::new();
    for attribute in &schema.attributes {
        found.push((attribute.name.clone(), attribute.clone()));
        let parts = attribute.sub_attributes.iter();
        found.extend(parts.map(|sub| (format!("{}.{}", attribute.name, sub.name), sub.clone())));
    }
    found
}

fn find(schema: &Schema, path: &str) -> Attribute {
    all(schema).into_iter().find(|(name, _)| name == path).unwrap_or_else(|| panic!("no {path}")).1
}

#[test]
fn schemas_are_listed_user_first_and_types_compile() {
    let registry = registry();
    let urns: Vec<_> = registry.schemas.iter().map(|schema| schema.id.as_str()).collect();
    assert_eq!(urns, [USER, GROUP, ENTERPRISE_USER, SERVICE_PROVIDER_CONFIG, RESOURCE_TYPE, SCHEMA]);
    assert_eq!(registry.index("User").unwrap().urns(), [USER, ENTERPRISE_USER]);
    assert_eq!(registry.index("Group").unwrap().urns(), [GROUP]);
    assert!(registry.index("user").is_none());
    assert!(registry.schema(&USER.to_uppercase()).is_some());
}

#[test]
fn every_definition_is_well_formed() {
    for schema in &registry().schemas {
        let mut definitions = all(schema);
        assert!(!schema.description.is_empty() && !schema.name.is_empty());
        for (path, attribute) in definitions.drain(..) {
            let name = attribute.name.strip_prefix('$').unwrap_or(&attribute.name);
            assert!(name.starts_with(|c: char| c.is_ascii_alphabetic()), "{path}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{path}");
            assert!(attribute.description.ends_with('.'), "{path} lacks a sentence");
            assert_eq!(attribute.kind == Type::Complex, !attribute.sub_attributes.is_empty(), "{path}");
            assert_eq!(attribute.kind == Type::Reference, !attribute.reference_types.is_empty(), "{path}");
            assert!(!matches!(attribute.kind, Type::Reference | Type::Binary) || attribute.case_exact, "{path}");
        }
    }
}

#[test]
fn common_attributes_are_in_no_schema_of_a_resource() {
    for schema in [user_schema(), group_schema(), enterprise_user_schema()] {
        for attribute in common() {
            assert!(schema.attributes.iter().all(|other| other.name != attribute.name), "{}", attribute.name);
        }
    }
}

#[test]
fn errata_and_rules_are_applied() {
    let (user, group, enterprise) = (user_schema(), group_schema(), enterprise_user_schema());
    assert_eq!(find(&user, "userName").uniqueness, Uniqueness::Server);
    assert!(find(&user, "userName").required && !find(&user, "userName").case_exact);
    assert_eq!(find(&user, "password").returned, Returned::Never);
    assert_eq!(find(&user, "password").mutability, Mutability::WriteOnly);
    assert_eq!(find(&user, "x509Certificates.value").kind, Type::Binary);
    assert!(find(&user, "ims.type").canonical_values.contains(&"other".to_owned()));
    assert_eq!(find(&user, "addresses.primary").kind, Type::Boolean);
    assert_eq!(find(&user, "groups.value").mutability, Mutability::ReadOnly);
    assert!(find(&group, "displayName").required);
    assert_eq!(find(&group, "members.type").canonical_values, ["User", "Group"]);
    assert_eq!(find(&group, "members.value").mutability, Mutability::Immutable);
    assert_eq!(find(&group, "members.display").mutability, Mutability::ReadOnly);
    assert_eq!(find(&enterprise, "manager.$ref").mutability, Mutability::ReadWrite);
    assert_eq!(find(&enterprise, "manager.displayName").mutability, Mutability::ReadOnly);
    let config = service_provider_config_schema();
    assert!(find(&config, "etag.supported").required && find(&config, "authenticationSchemes.type").required);
    assert!(!find(&config, "pagination").required && find(&config, "pagination.cursor").required);
    assert!(config.attributes.iter().all(|attribute| attribute.name != "securityEvents"));
    assert!(find(&resource_type_schema(), "schemaExtensions").multi_valued);
    assert!(find(&schema_schema(), "attributes.type").canonical_values.contains(&"binary".to_owned()));
}

#[test]
fn references_to_resources_are_filled_in_and_others_are_not() {
    let manager = find(&enterprise_user_schema(), "manager");
    let members = find(&group_schema(), "members");
    assert!(manager.fills_in(manager.sub("$REF").unwrap()) && members.fills_in(members.sub("$ref").unwrap()));
    assert!(!manager.fills_in(manager.sub("value").unwrap()));
    let photos = find(&user_schema(), "photos");
    assert!(photos.sub_attributes.iter().all(|sub| !photos.fills_in(sub)));
}

#[test]
fn index_numbers_are_the_published_ones() {
    let schemas = [user_schema(), group_schema(), enterprise_user_schema()];
    let indexed =
        schemas.iter().flat_map(|schema| &schema.attributes).filter_map(|a| Some((a.name.clone(), a.indexed?)));
    let expected = [("emails", 1), ("employeeNumber", 2), ("manager", 3)].map(|(name, id)| (name.to_owned(), id));
    assert_eq!(indexed.collect::<Vec<_>>(), expected);
}
