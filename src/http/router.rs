//! From a path and a method to a row of the endpoint table. Built once from the faces; a look-up walks the segments of
//! the path through a small tree and allocates nothing but the values of parameters.

use crate::error::{Error, Result};

use super::endpoint::{Endpoint, Method, PathParameters};
use super::face::Face;
use super::query::{Plus, decode};

/// Every row of every face, by path.
pub(super) struct Router {
    faces: Vec<Face>,
    rows: Vec<Row>,
    nodes: Vec<Node>,
}

/// Where a row of the table is, and what is derived from it.
pub(super) struct Row {
    /// Its number, which metrics count by.
    pub(super) number: usize,
    /// The number of its face.
    pub(super) face: usize,
    /// Its number in the face.
    endpoint: usize,
    /// Its method.
    pub(super) method: Method,
    /// The whole path as the table writes it: `/scim/v2/Users/{id}`.
    pub(super) pattern: String,
    parameters: Vec<&'static str>,
}

/// One segment of some path.
#[derive(Default)]
struct Node {
    literals: Vec<(&'static str, usize)>,
    parameter: Option<usize>,
    methods: Vec<Method>,
    rows: Vec<usize>,
}

/// What a look-up finds.
pub(super) enum Found<'a> {
    /// A row.
    Row(&'a Row, PathParameters),
    /// The path, but with rows for these methods only.
    OtherMethods(&'a [Method]),
    /// Nothing.
    Nothing,
    /// The path cannot be read; says why.
    Unreadable(&'static str),
}

impl Router {
    /// Builds the tree. The first face answers for paths that no face owns.
    ///
    /// # Errors
    /// [`Error::Internal`] when two rows have the same method and path, or a path is malformed.
    pub(super) fn new(faces: Vec<Face>) -> Result<Self> {
        let mut router = Self { faces: Vec::new(), rows: Vec::new(), nodes: vec![Node::default()] };
        for (face_number, face) in faces.iter().enumerate() {
            for (endpoint_number, endpoint) in face.endpoints.iter().enumerate() {
                router.add(face_number, face.prefix, endpoint_number, endpoint)?;
            }
        }
        router.faces = faces;
        Ok(router)
    }

    fn add(&mut self, face: usize, prefix: &'static str, number: usize, endpoint: &Endpoint) -> Result<()> {
        let pattern = format!("{prefix}{}", endpoint.path);
        let fault = |why: &str| Error::internal(format!("endpoint table: {} {pattern}: {why}", endpoint.method));
        if !endpoint.path.starts_with('/') || prefix.ends_with('/') {
            return Err(fault("must begin with one slash"));
        }
        let mut parameters = Vec::new();
        let mut at = 0;
        for segment in segments(prefix).chain(segments(endpoint.path)) {
            let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            parameters.extend(name);
            at = self.child(at, segment, name.is_some()).ok_or_else(|| fault("no such node"))?;
        }
        let row = self.rows.len();
        let node = self.nodes.get_mut(at).ok_or_else(|| fault("no such node"))?;
        if node.methods.contains(&endpoint.method) {
            return Err(fault("stands there twice"));
        }
        node.methods.push(endpoint.method);
        node.rows.push(row);
        self.rows.push(Row { number: row, face, endpoint: number, method: endpoint.method, pattern, parameters });
        Ok(())
    }

    /// The node below `at` for a segment of a row's path, made when it is new.
    fn child(&mut self, at: usize, segment: &'static str, is_parameter: bool) -> Option<usize> {
        let new = self.nodes.len();
        let node = self.nodes.get_mut(at)?;
        let existing = if is_parameter {
            node.parameter
        } else {
            node.literals.iter().find(|(text, _)| *text == segment).map(|(_, to)| *to)
        };
        if existing.is_some() {
            return existing;
        }
        if is_parameter {
            node.parameter = Some(new);
        } else {
            node.literals.push((segment, new));
        }
        self.nodes.push(Node::default());
        Some(new)
    }

    /// Finds the row for a path as the client sent it. Empty segments count as nothing, so that a slash too many, at
    /// the end or within, does no harm.
    pub(super) fn find(&self, path: &str, method: Option<Method>) -> Found<'_> {
        let mut values = Vec::new();
        let Some(mut node) = self.nodes.first() else {
            return Found::Nothing;
        };
        for raw in segments(path) {
            let segment = match decode(raw, Plus::Plus) {
                Ok(segment) => segment,
                Err(why) => return Found::Unreadable(why),
            };
            let literal = node.literals.iter().find(|(text, _)| *text == segment).map(|(_, to)| *to);
            let next = literal.or_else(|| {
                let parameter = node.parameter?;
                values.push(segment.into_owned());
                Some(parameter)
            });
            match next.and_then(|next| self.nodes.get(next)) {
                Some(next) => node = next,
                None => return Found::Nothing,
            }
        }
        if node.methods.is_empty() {
            return Found::Nothing;
        }
        let position = node.methods.iter().position(|other| Some(*other) == method);
        match position.and_then(|position| node.rows.get(position)).and_then(|row| self.rows.get(*row)) {
            Some(row) => Found::Row(row, PathParameters(row.parameters.iter().copied().zip(values).collect())),
            None => Found::OtherMethods(&node.methods),
        }
    }

    /// The number of the face in whose form a path without a row is refused: the one whose prefix begins with the most
    /// of the path's segments, or the first face when none shares any.
    pub(super) fn owner(&self, path: &str) -> usize {
        let shared =
            |face: &Face| segments(face.prefix).zip(segments(path)).take_while(|(one, other)| one == other).count();
        let best = self.faces.iter().enumerate().map(|(number, face)| (shared(face), number));
        best.reduce(|best, next| if next.0 > best.0 { next } else { best }).map_or(0, |(_, number)| number)
    }

    pub(super) fn face(&self, number: usize) -> Option<&Face> {
        self.faces.get(number)
    }

    pub(super) fn faces(&self) -> &[Face] {
        &self.faces
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The face and the endpoint of a row.
    pub(super) fn endpoint(&self, row: &Row) -> Option<(&Face, &Endpoint)> {
        let face = self.faces.get(row.face)?;
        Some((face, face.endpoints.get(row.endpoint)?))
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Needs;
    use crate::error::Anonymous;
    use crate::http::{BodyRule, Carrier, Reply};

    fn face(prefix: &'static str, rows: &[(Method, &'static str)]) -> Face {
        let endpoints = rows.iter().map(|(method, path)| Endpoint {
            method: *method,
            path,
            needs: Needs::Public("test"),
            body: BodyRule::None,
            change: false,
            handler: |_| Box::pin(async { Ok(Reply::empty(204)) }),
            document: None,
        });
        Face {
            name: prefix,
            prefix,
            endpoints: endpoints.collect(),
            carrier: Carrier::Header,
            authenticate: |_, _, _| Box::pin(async { Err(Error::Anonymous(Anonymous::BadCredential)) }),
            refuse: |_, _| Reply::empty(404),
            record: |_, _| {},
        }
    }

    fn router() -> Router {
        let scim = [
            (Method::Get, "/Users"),
            (Method::Post, "/Users"),
            (Method::Post, "/Users/.search"),
            (Method::Get, "/Users/{id}"),
        ];
        Router::new(vec![face("", &[(Method::Get, "/metrics")]), face("/scim/v2", &scim), face("/api/v1", &[])])
            .unwrap()
    }

    /// The row's pattern and its id, or what else was found.
    fn look_up(path: &str, method: Method) -> String {
        match router().find(path, Some(method)) {
            Found::Row(row, values) => format!("{} {}", row.pattern, values.get("id")),
            Found::OtherMethods(methods) => Method::allow(methods),
            Found::Nothing => "nothing".to_owned(),
            Found::Unreadable(_) => "unreadable".to_owned(),
        }
    }

    #[test]
    fn slashes_too_many_do_no_harm() {
        for path in ["/scim/v2/Users/7", "/scim/v2/Users/7/", "//scim/v2//Users/7", "/scim/v2/%55sers/%37"] {
            assert_eq!(look_up(path, Method::Get), "/scim/v2/Users/{id} 7", "{path}");
        }
    }

    #[test]
    fn segments_are_decoded_once_and_compared_exactly() {
        assert_eq!(look_up("/scim/v2/Users/a%2Fb+%2541", Method::Get), "/scim/v2/Users/{id} a/b+%41");
        assert_eq!(look_up("/scim/v2/users", Method::Get), "nothing");
        assert_eq!(look_up("/scim/v2/Users/..", Method::Get), "/scim/v2/Users/{id} ..");
        for path in ["/scim/v2/Users/%zz", "/scim/v2/Users/%ff", "/scim/v2/Users/%00"] {
            assert_eq!(look_up(path, Method::Get), "unreadable", "{path}");
        }
    }

    #[test]
    fn a_literal_wins_and_a_wrong_method_is_told_from_a_wrong_path() {
        assert_eq!(look_up("/scim/v2/Users/.search", Method::Post), "/scim/v2/Users/.search ");
        assert_eq!(look_up("/scim/v2/Users/.search", Method::Get), "POST, OPTIONS");
        assert_eq!(look_up("/scim/v2/Users", Method::Delete), "GET, HEAD, POST, OPTIONS");
        assert_eq!(look_up("/scim/v2", Method::Get), "nothing");
    }

    #[test]
    fn unknown_paths_belong_to_the_face_with_the_closest_prefix() {
        let router = router();
        let owners = [
            ("/scim/v2/Foo", 1),
            ("/scim/v1/Users", 1),
            ("/scim", 1),
            ("/api", 2),
            ("/SCIM/v2", 0),
            ("/", 0),
            ("/x", 0),
        ];
        for (path, owner) in owners {
            assert_eq!(router.owner(path), owner, "{path}");
        }
    }

    #[test]
    fn a_row_that_stands_there_twice_is_a_fault() {
        let twice = face("/x", &[(Method::Get, "/a/{id}"), (Method::Get, "/a/{other}")]);
        assert!(Router::new(vec![twice]).is_err());
    }
}
