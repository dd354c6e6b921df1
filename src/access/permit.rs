//! The permit: proof that a permission was asked for and granted, and how far it reaches.

use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::ids::TenantId;

use super::actor::{Actor, ConnectionActor};
use super::permission::PermissionType;

/// Proof that `actor` may do `P` in one tenant. Made only by [`decide`].
#[derive(Debug)]
pub struct Permit<P> {
    actor: Actor,
    tenant: TenantId,
    permission: PhantomData<P>,
}

impl<P> Clone for Permit<P> {
    fn clone(&self) -> Self {
        Self { actor: self.actor.clone(), tenant: self.tenant, permission: PhantomData }
    }
}

impl<P: PermissionType> Permit<P> {
    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The tenant it holds in.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The connection that acts, when it is one.
    pub fn connection(&self) -> Option<&ConnectionActor> {
        match &self.actor {
            Actor::Connection(actor) => Some(actor),
            Actor::System(_) => None,
        }
    }
}

/// Decides whether `actor` may do `P` in `tenant`.
///
/// # Errors
/// [`Error::Missing`] when the actor belongs to another tenant and so may not know that this one exists;
/// [`Error::LacksScope`] when it lacks the permission.
pub fn decide<P: PermissionType>(actor: &Actor, tenant: TenantId) -> Result<Permit<P>> {
    if let Actor::Connection(connection) = actor
        && connection.connection.tenant != tenant
    {
        return Err(Error::Missing("tenant"));
    }
    if !actor.holds(P::PERMISSION) {
        return Err(Error::LacksScope);
    }
    Ok(Permit { actor: actor.clone(), tenant, permission: PhantomData })
}
