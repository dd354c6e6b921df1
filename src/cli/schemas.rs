//! The commands on schemas and resource types: one directory call each, and its result printed.

use std::io::Read as _;
use std::path::Path;

use scim_core::schema::parse::LONGEST_DOCUMENT;
use scim_core::{Invalid, json as strict};
use serde_json::{Value, json};

use crate::directory::schemas::{self, Summary, TypeSummary};
use crate::error::{Error, Result};

use super::administration::Run;
use super::arguments::{ResourceTypeCommand, SchemaCommand};
use super::output;

/// Runs a command on schemas.
pub(super) async fn schema(run: &Run<'_>, command: SchemaCommand) -> Result<()> {
    let (directory, cx) = (run.directory, &run.cx);
    match command {
        SchemaCommand::Add { of, index, file } => {
            let urn = schemas::add(directory, &run.permit(&of.tenant).await?, cx, &read(&file)?, &index).await?;
            run.output.one(&urn, &json!({ "id": urn }))
        }
        SchemaCommand::List { of } => {
            let all = schemas::list(directory, &run.permit(&of.tenant).await?).await?;
            run.output.list(&all, line, summary)
        }
        SchemaCommand::Show { of, urn } => {
            let document = schemas::show(directory, &run.permit(&of.tenant).await?, &urn).await?;
            run.output.one(&format!("{document:#}"), &document)
        }
        SchemaCommand::Index { of, urn, names } => {
            schemas::add_index(directory, &run.permit(&of.tenant).await?, cx, &urn, &names).await?;
            output::complain("indexed");
            Ok(())
        }
        SchemaCommand::Remove { of, urn, force } => {
            schemas::remove(directory, &run.permit(&of.tenant).await?, cx, &urn, force).await?;
            output::complain("removed");
            Ok(())
        }
    }
}

/// Runs a command on resource types.
pub(super) async fn resource_type(run: &Run<'_>, command: ResourceTypeCommand) -> Result<()> {
    let (directory, cx) = (run.directory, &run.cx);
    let done = match command {
        ResourceTypeCommand::Add { of, file } => {
            let name = schemas::add_type(directory, &run.permit(&of.tenant).await?, cx, &read(&file)?).await?;
            return run.output.one(&name, &json!({ "name": name }));
        }
        ResourceTypeCommand::List { of } => {
            let all = schemas::list_types(directory, &run.permit(&of.tenant).await?).await?;
            return run.output.list(&all, type_line, type_summary);
        }
        ResourceTypeCommand::Show { of, name } => {
            let document = schemas::show_type(directory, &run.permit(&of.tenant).await?, &name).await?;
            return run.output.one(&format!("{document:#}"), &document);
        }
        ResourceTypeCommand::Remove { of, name, force } => {
            schemas::remove_type(directory, &run.permit(&of.tenant).await?, cx, &name, force).await?;
            "removed"
        }
        ResourceTypeCommand::Extend { of, name, urn, required } => {
            schemas::extend(directory, &run.permit(&of.tenant).await?, cx, (&name, &urn), required).await?;
            "extended"
        }
        ResourceTypeCommand::Unextend { of, name, urn, force } => {
            schemas::unextend(directory, &run.permit(&of.tenant).await?, cx, (&name, &urn), force).await?;
            "taken off"
        }
    };
    output::complain(done);
    Ok(())
}

/// The JSON in a file, or on standard input for `-`.
fn read(file: &Path) -> Result<Value> {
    let name = file.display();
    let mut text = Vec::new();
    // One byte more than is taken, to tell a file that is too long from one that is not.
    let most = LONGEST_DOCUMENT as u64 + 1;
    let opened = match file.as_os_str() == "-" {
        true => std::io::stdin().take(most).read_to_end(&mut text),
        false => std::fs::File::open(file).and_then(|opened| opened.take(most).read_to_end(&mut text)),
    };
    opened.map_err(|error| Error::unavailable(format!("{name}: {error}")))?;
    if text.len() > LONGEST_DOCUMENT {
        return Err(Error::unavailable(format!("{name}: is longer than {LONGEST_DOCUMENT} bytes")));
    }
    strict::parse(&text).map_err(|why| Error::Invalid(Invalid::new(why.kind, format!("{name}: {why}"))))
}

fn line(schema: &Summary) -> String {
    let Summary { urn, name, attributes, types, indexed } = schema;
    format!("{urn}\t{name}\t{attributes}\t{}\t{}", types.join(","), indexed.join(","))
}

fn summary(schema: &Summary) -> Value {
    json!({ "id": schema.urn, "name": schema.name, "attributes": schema.attributes, "resourceTypes": schema.types,
        "indexed": schema.indexed })
}

fn type_line(kind: &TypeSummary) -> String {
    let extension = |(urn, required): &(String, bool)| format!("{urn}{}", if *required { "!" } else { "" });
    let extensions: Vec<_> = kind.extensions.iter().map(extension).collect();
    format!("{}\t{}\t{}\t{}", kind.name, kind.endpoint, kind.schema, extensions.join(","))
}

fn type_summary(kind: &TypeSummary) -> Value {
    let extension = |(urn, required): &(String, bool)| json!({ "schema": urn, "required": required });
    json!({ "name": kind.name, "endpoint": kind.endpoint, "schema": kind.schema,
        "schemaExtensions": kind.extensions.iter().map(extension).collect::<Vec<_>>() })
}
