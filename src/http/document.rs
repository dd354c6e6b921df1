//! What the OpenAPI document says of an endpoint beyond its row: names, parameters, schemas and answers. The row itself
//! gives path, method, who may and which errors follow from that.

use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType};
use utoipa::openapi::{Ref, RefOr, Required, Schema, SchemaFormat, Type};

use super::rest::{MOST_PER_PAGE, Meta, PER_PAGE, Pagination};

/// The description of an endpoint.
#[derive(Clone)]
pub struct Document {
    pub(super) operation: &'static str,
    pub(super) summary: &'static str,
    pub(super) tag: &'static str,
    pub(super) description: Option<&'static str>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) request: Option<Request>,
    pub(super) answers: Vec<Answer>,
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
    pub(super) errors: Option<&'static Errors>,
    pub(super) exports: &'static [&'static str],
}

/// What the errors of a face look like, for those that follow from a row.
pub struct Errors {
    /// What the names of the shared answers begin with.
    pub prefix: &'static str,
    /// Their media type.
    pub media_type: &'static str,
    /// The schema of all of them but one.
    pub schema: &'static str,
    /// The status of input that cannot be used, and its schema.
    pub unusable: (u16, &'static str),
    /// The schemas themselves.
    pub schemas: fn() -> Vec<(String, RefOr<Schema>)>,
}

/// The errors of REST faces.
pub static REST: Errors = Errors {
    prefix: "",
    media_type: JSON,
    schema: "Problem",
    unusable: (422, "HTTPValidationError"),
    schemas: rest_errors,
};

const JSON: &str = "application/json";

/// A body that an endpoint takes.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) media_type: &'static str,
    pub(super) schema: RefOr<Schema>,
    pub(super) required: Required,
}

/// One answer of an endpoint.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) description: String,
    pub(super) content: Option<(&'static str, RefOr<Schema>)>,
}

impl Document {
    /// A description with a name for programs (`list_tenant_users`, one of its kind), a sentence, and the group that it
    /// is shown in.
    pub fn new(operation: &'static str, summary: &'static str, tag: &'static str) -> Self {
        Self {
            operation,
            summary,
            tag,
            description: None,
            parameters: Vec::new(),
            request: None,
            answers: Vec::new(),
            schemas: Vec::new(),
            errors: Some(&REST),
            exports: &[],
        }
    }

    /// Other media types in which what is answered comes as a whole, as text.
    #[must_use]
    pub fn exported(mut self, media_types: &'static [&'static str]) -> Self {
        self.exports = media_types;
        self
    }

    /// The errors that follow from its row look like this; `None` when none follow.
    #[must_use]
    pub fn errors(mut self, errors: Option<&'static Errors>) -> Self {
        self.errors = errors;
        self
    }

    /// What else there is to know of it.
    #[must_use]
    pub fn described(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// What a parameter of the path means. Parameters that nobody describes are texts.
    #[must_use]
    pub fn path(self, name: &'static str, description: &'static str, schema: impl Into<RefOr<Schema>>) -> Self {
        self.parameter(name, description, ParameterIn::Path, Required::True, schema)
    }

    /// A parameter of the path that is a UUID.
    #[must_use]
    pub fn path_id(self, name: &'static str, description: &'static str) -> Self {
        self.path(name, description, uuid())
    }

    /// A parameter of the query that may be left out.
    #[must_use]
    pub fn query(self, name: &'static str, description: &'static str, schema: impl Into<RefOr<Schema>>) -> Self {
        self.parameter(name, description, ParameterIn::Query, Required::False, schema)
    }

    /// A parameter of the query that must be there.
    #[must_use]
    pub fn required_query(
        self,
        name: &'static str,
        description: &'static str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        self.parameter(name, description, ParameterIn::Query, Required::True, schema)
    }

    /// `page` and `per_page`.
    #[must_use]
    pub fn paged(self) -> Self {
        let most = format!("How many items a page has; more than {MOST_PER_PAGE} gives {MOST_PER_PAGE}");
        let number = |default: u32| {
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).default(Some(default.into())).build()
        };
        let with_page = self.query("page", "The page, from 1", number(1));
        with_page.parameter("per_page", most, ParameterIn::Query, Required::False, number(PER_PAGE))
    }

    /// `sort_by` and `sort_order` with their defaults.
    #[must_use]
    pub fn sorted(self, columns: &[&'static str], by: &'static str, order: &'static str) -> Self {
        self.query("sort_by", "What to sort by", words(columns, Some(by))).query(
            "sort_order",
            "Which way to sort",
            words(&["asc", "desc"], Some(order)),
        )
    }

    /// The body it takes.
    #[must_use]
    pub fn request<T: ToSchema>(self) -> Self {
        self.body::<T>(Required::True)
    }

    /// The body it takes, which may be left out.
    #[must_use]
    pub fn optional_request<T: ToSchema>(self) -> Self {
        self.body::<T>(Required::False)
    }

    /// A body in some other form than a type's.
    #[must_use]
    pub fn request_content(mut self, media_type: &'static str, schema: impl Into<RefOr<Schema>>) -> Self {
        self.request = Some(Request { media_type, schema: schema.into(), required: Required::True });
        self
    }

    /// A schema that others refer to by name.
    #[must_use]
    pub fn component(mut self, name: &'static str, schema: impl Into<RefOr<Schema>>) -> Self {
        self.schemas.push((name.to_owned(), schema.into()));
        self
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(self, status: u16, description: impl Into<String>) -> Self {
        self.answer(status, description, None)
    }

    /// An answer that is the thing itself, in no envelope.
    #[must_use]
    pub fn bare<T: ToSchema>(mut self, status: u16, description: impl Into<String>) -> Self {
        let schema = self.reference::<T>();
        self.answer(status, description, Some((JSON, schema)))
    }

    /// The answer that was described last may be this thing as well.
    #[must_use]
    pub fn or<T: ToSchema>(mut self) -> Self {
        let other = self.reference::<T>();
        if let Some((_, schema)) = self.answers.last_mut().and_then(|answer| answer.content.as_mut()) {
            let mut choice = match &*schema {
                RefOr::T(Schema::OneOf(choice)) => choice.clone(),
                only => OneOfBuilder::new().item(only.clone()).build(),
            };
            choice.items.push(other);
            *schema = RefOr::T(Schema::OneOf(choice));
        }
        self
    }

    /// An answer in some other form.
    #[must_use]
    pub fn content(
        self,
        status: u16,
        description: impl Into<String>,
        media_type: &'static str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        self.answer(status, description, Some((media_type, schema.into())))
    }

    /// An answer `{data, meta}` that holds one thing.
    #[must_use]
    pub fn data<T: ToSchema>(mut self, status: u16, description: impl Into<String>) -> Self {
        let data = self.reference::<T>();
        self.enveloped(status, description, format!("ApiResponse_{}_", T::name()), data)
    }

    /// An answer `{data, meta}` that holds all of a list.
    #[must_use]
    pub fn data_list<T: ToSchema>(mut self, status: u16, description: impl Into<String>) -> Self {
        let items = self.reference::<T>();
        let data = ArrayBuilder::new().items(items).build();
        self.enveloped(status, description, format!("ApiResponse_list_{}_", T::name()), Schema::Array(data).into())
    }

    /// An answer `{data, pagination, meta}` that holds a page of a list.
    #[must_use]
    pub fn page<T: ToSchema>(mut self, description: impl Into<String>) -> Self {
        let items = self.reference::<T>();
        let (pagination, meta) = (self.reference::<Pagination>(), self.reference::<Meta>());
        let schema = ObjectBuilder::new()
            .property("data", ArrayBuilder::new().items(items).build())
            .required("data")
            .property("pagination", pagination)
            .required("pagination")
            .property("meta", meta);
        let name = format!("PaginatedResponse_{}_", T::name());
        self.named(200, description, name, schema.build().into())
    }

    /// A conflict that it may answer: 409, with what it may be about.
    #[must_use]
    pub fn conflict(self, description: impl Into<String>) -> Self {
        self.error(409, description)
    }

    /// An error that it may answer beside those that follow from its row.
    #[must_use]
    pub fn error(self, status: u16, description: impl Into<String>) -> Self {
        self.answer(status, description, Some((JSON, Ref::from_schema_name(REST.schema).into())))
    }

    fn body<T: ToSchema>(mut self, required: Required) -> Self {
        let schema = self.reference::<T>();
        self.request = Some(Request { media_type: JSON, schema, required });
        self
    }

    fn parameter(
        mut self,
        name: &'static str,
        description: impl Into<String>,
        place: ParameterIn,
        required: Required,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(required)
            .description(Some(description))
            .schema(Some(schema));
        self.parameters.push(parameter.build());
        self
    }

    fn answer(
        mut self,
        status: u16,
        description: impl Into<String>,
        content: Option<(&'static str, RefOr<Schema>)>,
    ) -> Self {
        self.answers.push(Answer { status, description: description.into(), content });
        self
    }

    fn enveloped(mut self, status: u16, description: impl Into<String>, name: String, data: RefOr<Schema>) -> Self {
        let meta = self.reference::<Meta>();
        let schema = ObjectBuilder::new().property("data", data).required("data").property("meta", meta);
        self.named(status, description, name, schema.build().into())
    }

    /// An answer whose schema is a component of the document.
    fn named(mut self, status: u16, description: impl Into<String>, name: String, schema: RefOr<Schema>) -> Self {
        let reference = Ref::from_schema_name(&name);
        self.schemas.push((name, schema));
        self.answer(status, description, Some((JSON, reference.into())))
    }

    /// A reference to a schema, which so becomes a component of the document.
    fn reference<T: ToSchema>(&mut self) -> RefOr<Schema> {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
        Ref::from_schema_name(T::name()).into()
    }
}

/// The schemas of REST errors.
fn rest_errors() -> Vec<(String, RefOr<Schema>)> {
    let text = |description: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    let problem = ObjectBuilder::new()
        .description(Some("Why something was not done; a code may have members of its own beside these."))
        .property("detail", text("A sentence for people"))
        .required("detail")
        .property("code", text("A word for programs"))
        .required("code")
        .property("request_id", text("What finds the request in the logs"))
        .required("request_id")
        .additional_properties(Some(AdditionalProperties::FreeForm(true)));
    let step = OneOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::String))
        .item(ObjectBuilder::new().schema_type(Type::Integer));
    let fault = ObjectBuilder::new()
        .description(Some("One thing that is wrong with the request"))
        .property(
            "loc",
            ArrayBuilder::new().items(step).description(Some("Where: `body` or `query`, then names and places")),
        )
        .required("loc")
        .property("msg", text("What is wrong"))
        .required("msg")
        .property("type", text("The kind of fault in a word"))
        .required("type");
    let faults = ObjectBuilder::new()
        .description(Some("Everything that is wrong with the request"))
        .property("detail", ArrayBuilder::new().items(Ref::from_schema_name("ValidationError")));
    let object = |object: ObjectBuilder| RefOr::T(Schema::Object(object.build()));
    vec![
        ("Problem".to_owned(), object(problem)),
        ("ValidationError".to_owned(), object(fault)),
        ("HTTPValidationError".to_owned(), object(faults)),
    ]
}

/// The schema of a text.
pub fn text() -> Schema {
    Schema::Object(ObjectBuilder::new().schema_type(Type::String).build())
}

/// The schema of a text that is not empty.
pub fn nonempty() -> Schema {
    Schema::Object(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).build())
}

/// The schema of a UUID.
pub fn uuid() -> Schema {
    let format = SchemaFormat::Custom("uuid".to_owned());
    Schema::Object(ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build())
}

/// The schema of a flag with what it is when nobody says.
pub fn flag(default: Option<bool>) -> Schema {
    let default = default.map(Value::from);
    Schema::Object(ObjectBuilder::new().schema_type(Type::Boolean).default(default).build())
}

/// The schema of a whole number with what it is when nobody says.
pub fn integer(default: Option<i64>) -> Schema {
    let default = default.map(Value::from);
    Schema::Object(ObjectBuilder::new().schema_type(Type::Integer).default(default).build())
}

/// The schema of an object of any members.
pub fn object(description: &str) -> Schema {
    let object = ObjectBuilder::new().description(Some(description));
    Schema::Object(object.additional_properties(Some(AdditionalProperties::FreeForm(true))).build())
}

/// A reference to a schema by its name.
pub fn named(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}

/// The schema of one of some words, with the one that counts when nobody says.
pub fn words(words: &[&'static str], default: Option<&'static str>) -> Schema {
    let object = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    Schema::Object(object.enum_values(Some(words.to_vec())).default(default.map(Value::from)).build())
}
