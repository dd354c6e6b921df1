//! The permit: proof that a permission was asked for and granted, and how far it reaches.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::ids::TenantId;

use super::actor::{Actor, ConnectionActor};
use super::holdings::{Extent, Span};
use super::permission::PermissionType;
use super::scope::Place;
use super::types::Types;

/// Proof that `actor` may do `P` in one tenant, as far as its extent goes. Made only by [`decide`].
#[derive(Debug)]
pub struct Permit<P> {
    actor: Actor,
    place: Place,
    extent: Extent,
    permission: PhantomData<P>,
}

impl<P> Clone for Permit<P> {
    fn clone(&self) -> Self {
        let Self { actor, place, extent, permission } = self;
        Self { actor: actor.clone(), place: place.clone(), extent: extent.clone(), permission: *permission }
    }
}

impl<P: PermissionType> Permit<P> {
    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The tenant it holds in.
    pub fn tenant(&self) -> TenantId {
        self.place.tenant
    }

    /// Where it holds.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The schemas of that tenant.
    pub fn types(&self) -> &Arc<Types> {
        &self.place.types
    }

    /// How much of the tenant it reaches. Every query of users goes by it.
    pub fn extent(&self) -> &Extent {
        &self.extent
    }

    /// The same reach in the words of what goes over many tenants, so that one rule decides about both.
    pub fn span(&self) -> Span {
        let tenant = self.place.tenant;
        let (tenants, units) = match &self.extent {
            Extent::Whole => (vec![tenant], Vec::new()),
            Extent::Units(lineages) => {
                (Vec::new(), lineages.iter().map(|lineage| (tenant, Arc::clone(lineage))).collect())
            }
        };
        Span::Within { partners: Vec::new(), tenants, units }
    }

    /// The same, no further than another permission reaches in the same tenant.
    ///
    /// # Errors
    /// [`Error::LacksScope`] when that leaves nothing.
    pub fn within<Q: PermissionType>(self, other: &Permit<Q>) -> Result<Self> {
        if self.place.tenant != other.place.tenant {
            return Err(Error::LacksScope);
        }
        let extent = self.extent.within(&other.extent).ok_or(Error::LacksScope)?;
        Ok(Self { extent, ..self })
    }

    /// Asks that it reach the whole tenant, for what belongs to no org unit.
    ///
    /// # Errors
    /// [`Error::Denied`] when it holds in some org units only.
    pub fn whole(&self) -> Result<()> {
        match self.extent {
            Extent::Whole => Ok(()),
            Extent::Units(_) => Err(Error::Denied("this needs the permission for the whole tenant".to_owned())),
        }
    }

    /// The connection that acts, when it is one.
    pub fn connection(&self) -> Option<&ConnectionActor> {
        match &self.actor {
            Actor::Connection(actor) => Some(actor),
            Actor::Person(_) | Actor::Application(_) | Actor::System(_) => None,
        }
    }
}

/// Decides whether `actor` may do `P` in a tenant.
///
/// # Errors
/// [`Error::Missing`] when the actor may not know that the tenant exists; [`Error::LacksScope`] when it lacks the
/// permission there; [`Error::StepUp`] when a person must first prove anew who they are.
pub fn decide<P: PermissionType>(actor: &Actor, place: &Place) -> Result<Permit<P>> {
    match actor.extent(P::PERMISSION, place) {
        Some(extent) => actor.proven_for(P::PERMISSION).map(|()| Permit {
            actor: actor.clone(),
            place: place.clone(),
            extent,
            permission: PhantomData,
        }),
        None if actor.knows(place) => Err(Error::LacksScope),
        None => Err(Error::Missing("tenant")),
    }
}

/// Proof that `actor` may do `P` over several tenants at once. Made only by [`decide_widely`].
#[derive(Clone, Debug)]
pub struct WidePermit<P> {
    actor: Actor,
    span: Span,
    permission: PhantomData<P>,
}

impl<P: PermissionType> WidePermit<P> {
    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Which tenants it reaches, and how much of them. Every query goes by it.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Asks that it reach the whole installation.
    ///
    /// # Errors
    /// [`Error::LacksScope`] when it does not.
    pub fn everywhere(&self) -> Result<()> {
        if self.span == Span::Everywhere { Ok(()) } else { Err(Error::LacksScope) }
    }
}

/// Decides over which tenants `actor` may do `P`.
///
/// # Errors
/// [`Error::LacksScope`] when it may nowhere, or is neither a person nor the system; [`Error::StepUp`] as for [`decide`].
pub fn decide_widely<P: PermissionType>(actor: &Actor) -> Result<WidePermit<P>> {
    let span = match actor {
        Actor::System(_) => Span::Everywhere,
        Actor::Person(person) if person.holdings.holds(P::PERMISSION) => person.holdings.span(P::PERMISSION),
        Actor::Person(_) | Actor::Connection(_) | Actor::Application(_) => return Err(Error::LacksScope),
    };
    actor.proven_for(P::PERMISSION)?;
    Ok(WidePermit { actor: actor.clone(), span, permission: PhantomData })
}
