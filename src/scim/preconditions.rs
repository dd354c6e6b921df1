//! Versions and conditional requests (RFC 7644 section 3.14). Versions are weak entity tags: `W/"5"`.

use crate::directory::Precondition;

/// The entity tag of a version.
pub(super) fn tag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// What `If-Match` asks for. `*` is met by any version; a tag that is none of ours by no version.
pub(super) fn if_match(header: Option<&str>) -> Precondition {
    match header {
        None => Precondition::None,
        Some(tags) if any(tags) => Precondition::None,
        Some(tags) => Precondition::OneOf(versions(tags)),
    }
}

/// Whether `If-None-Match` names this version, so that there is nothing new to tell.
pub(super) fn is_known(header: Option<&str>, version: i64) -> bool {
    header.is_some_and(|tags| any(tags) || versions(tags).contains(&version))
}

fn any(tags: &str) -> bool {
    tags.trim() == "*"
}

fn versions(tags: &str) -> Vec<i64> {
    let version = |tag: &str| {
        let tag = tag.trim();
        // Compared weakly: clients send the tag with and without its mark.
        let quoted = tag.strip_prefix("W/").unwrap_or(tag);
        quoted.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
    };
    tags.split(',').filter_map(version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly_and_in_lists() {
        assert_eq!(if_match(Some("W/\"5\"")), Precondition::OneOf(vec![5]));
        assert_eq!(if_match(Some("\"5\", W/\"6\"")), Precondition::OneOf(vec![5, 6]));
        assert_eq!(if_match(Some("nonsense")), Precondition::OneOf(vec![]));
        assert_eq!(if_match(Some(" * ")), Precondition::None);
        assert_eq!(if_match(None), Precondition::None);
        assert!(is_known(Some("W/\"1\", W/\"2\""), 2));
        assert!(is_known(Some("*"), 9));
        assert!(!is_known(Some("W/\"1\""), 2));
        assert!(!is_known(None, 2));
        assert_eq!(if_match(Some(&tag(7))), Precondition::OneOf(vec![7]));
    }
}
