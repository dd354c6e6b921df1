//! What a change of a user comes to for the account: `active`, the e-mail and the logins; and what provisioners may not
//! do to administrators.

use serde_json::{Map, Value};

use crate::access::{Actor, Connection, Holdings, PersonActor};
use crate::directory::users::Draft;
use crate::directory::{grants, owners};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::journal::{self, Author, Diff};
use crate::store::accounts::{self as rows, Restriction};
use crate::store::users::User;
use crate::store::{Tx, identities};

use super::email::By;
use super::status::{Facts, Status};
use super::{Email, Loaded, Note, Why, email, end_everything, load};

/// A user who is about to change, and what is to become of it.
pub(in crate::directory) struct Rewritten<'a> {
    pub(in crate::directory) author: Author<'a>,
    pub(in crate::directory) user: &'a User,
    pub(in crate::directory) draft: &'a Draft,
}

/// What a change comes to for the account, decided and not yet written.
#[derive(Default)]
pub(in crate::directory) struct Outcome {
    /// The account's own e-mail from now on, where it becomes another.
    moved: Option<Moved>,
    facts: Option<Facts>,
    parked: Option<String>,
    renamed: bool,
    loaded: Option<Loaded>,
    /// What the request asked for and did not get.
    pub(in crate::directory) notes: Vec<Note>,
}

struct Moved {
    email: Option<String>,
    by: By,
}

impl Rewritten<'_> {
    fn connection(&self) -> Option<&Connection> {
        match self.author.actor {
            Actor::Connection(actor) => Some(&actor.connection),
            Actor::Person(_) | Actor::Application(_) | Actor::System(_) => None,
        }
    }

    /// Whether the request writes `active`, and as what.
    fn written_active(&self) -> Option<bool> {
        self.draft.active.filter(|_| self.draft.writes_active && self.connection().is_some())
    }

    /// The e-mail that the account is to have, where that is another than before.
    fn wanted_email(&self) -> Option<Option<&str>> {
        match &self.draft.email {
            Email::Is(email) => Some(email.as_deref()).filter(|email| *email != self.user.email.as_deref()),
            Email::Follows => {
                let (old, new) = (email::primary(&self.user.document), email::primary(&self.draft.document));
                Some(new).filter(|new| *new != old && *new != self.user.email.as_deref())
            }
        }
    }

    /// Whether the telephone numbers are to be others: by those, codes reach the user.
    fn moves_phones(&self) -> bool {
        self.user.document.get("phoneNumbers") != self.draft.document.get("phoneNumbers")
    }

    /// Judges the change; what stays as it was is never refused.
    ///
    /// # Errors
    /// [`Error::Denied`] for what a provisioner may not do to an administrator, or an administrator to a mightier one;
    /// [`Error::StepUp`] for who must first prove anew who they are;
    /// [`Error::Taken`] for an e-mail that is in use and was asked for in so many words.
    pub(in crate::directory) fn judge(&self, tx: &mut Tx<'_>) -> Result<Outcome> {
        let renamed = self.draft.user_name != self.user.user_name;
        let (email, active) = (self.wanted_email(), self.written_active());
        let status_moves = active.is_some_and(|active| active != self.user.source_active);
        let perhaps_held = active == Some(true) && self.user.status != Status::Active.as_str();
        let active_changes = active.is_some() && self.draft.active != self.user.active;
        let reached_anew = self.connection().is_none() && self.moves_phones();
        if !renamed && email.is_none() && !status_moves && !perhaps_held && !active_changes && !reached_anew {
            return Ok(Outcome::default());
        }
        let loaded = load(tx, self.author.tenant, self.user.id)?;
        let mut outcome = Outcome { renamed, ..Outcome::default() };
        let administers = match self.connection() {
            Some(connection) => self.judge_administrator(tx, connection, renamed, active_changes)?,
            None => {
                grants::touch_by(tx, self.author.actor, self.author.tenant, self.user.id)?;
                self.prove_anew()?;
                Administers::default()
            }
        };
        if let Some(active) = active.filter(|_| !administers.keeps_active || active_changes) {
            self.judge_active(&loaded, active, &mut outcome);
        }
        if let Some(wanted) = email {
            self.judge_email(tx, &loaded, wanted, administers.any, &mut outcome)?;
        }
        outcome.loaded = Some(loaded);
        Ok(outcome)
    }

    /// A person who changes by what a user signs in or is reached, be it themselves or another, proves anew who they are, by
    /// whatever door: a session that was left open is not to give an account away. An address in a domain that the tenant
    /// proved is no exception: whoever reads mail there may be the very one (IR-18).
    fn prove_anew(&self) -> Result<()> {
        self.author.actor.person().map_or(Ok(()), PersonActor::fresh)
    }

    /// What a connection may not do to those who have roles.
    fn judge_administrator(
        &self,
        tx: &mut Tx<'_>,
        connection: &Connection,
        renamed: bool,
        active_changes: bool,
    ) -> Result<Administers> {
        let holdings = living_holdings(tx, self.author, self.user.id)?;
        let administers = Administers { any: !holdings.is_empty(), keeps_active: holdings.is_protected() };
        if administers.any && renamed {
            return Err(Error::Denied("the userName of an administrator is not changed by provisioning".to_owned()));
        }
        let disables = self.draft.active == Some(false) && self.user.created_by == Some(connection.id);
        if administers.keeps_active && active_changes && !disables {
            return Err(Error::Denied(
                "this user administers more than the tenant: only the connection that created it may disable it, and \
                 none may enable it"
                    .to_owned(),
            ));
        }
        Ok(administers)
    }

    fn judge_active(&self, loaded: &Loaded, active: bool, outcome: &mut Outcome) {
        let after = Facts { source_active: active, ..loaded.facts };
        if active && after.status(self.author.cx.now) != Status::Active {
            outcome.notes.push(Note::Held);
        }
        if after != loaded.facts {
            outcome.facts = Some(after);
        }
    }

    fn judge_email(
        &self,
        tx: &mut Tx<'_>,
        loaded: &Loaded,
        wanted: Option<&str>,
        administers: bool,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let account = &loaded.account;
        let taken = match wanted {
            Some(email) => email::is_others(tx, account.tenant_id, account.id, email)?,
            None => false,
        };
        let Some(connection) = self.connection() else {
            if let Some(email) = wanted.filter(|_| taken) {
                return Err(email::email_taken(email));
            }
            outcome.moved = Some(Moved { email: wanted.map(str::to_owned), by: By::People });
            return Ok(());
        };
        let vouched = match wanted {
            Some(email) => email::is_in_own_domain(tx, account.tenant_id, email)?,
            None => false,
        };
        let follows = !taken && !administers && (vouched || self.is_alone(tx, connection)?);
        if follows {
            let by = if vouched { By::VouchedSource } else { By::Source };
            outcome.moved = Some(Moved { email: wanted.map(str::to_owned), by });
        } else {
            outcome.notes.push(Note::EmailParked);
            outcome.parked = wanted.map(str::to_owned);
        }
        Ok(())
    }

    /// Whether nobody but the connection has ever had a say in who the user is.
    fn is_alone(&self, tx: &mut Tx<'_>, connection: &Connection) -> Result<bool> {
        let (id, ours) = (self.user.id, Some(connection.id));
        Ok(self.user.created_by == ours
            && identities::of(tx, id)?.iter().all(|claim| claim.connection_id == ours)
            && !rows::has_local_password(tx, id)?)
    }
}

#[derive(Clone, Copy, Default)]
struct Administers {
    /// Has a role.
    any: bool,
    /// Administers more than a tenant.
    keeps_active: bool,
}

impl Outcome {
    /// The account's own e-mail after the change.
    pub(in crate::directory) fn email(&self, before: Option<String>) -> Option<String> {
        self.moved.as_ref().map_or(before, |moved| moved.email.clone())
    }

    /// The facts after the change, as far as the user's own row holds them: whether its source has it active, and the
    /// status.
    pub(in crate::directory) fn changes(&self) -> bool {
        self.moved.is_some() || self.facts.is_some() || self.parks()
    }

    /// Whether the account gets another e-mail, or none.
    pub(in crate::directory) fn moves_email(&self) -> bool {
        self.moved.is_some()
    }

    fn parks(&self) -> bool {
        let known = self.loaded.as_ref().and_then(|loaded| loaded.restriction.as_ref()?.parked_email.as_ref());
        self.parked.is_some() && self.parked.as_ref() != known
    }

    /// Writes it; adds to the diff what differs. `name` is the user's name from now on, `active` what SCIM shows.
    pub(in crate::directory) fn write(
        &self,
        tx: &mut Tx<'_>,
        author: Author<'_>,
        (name, active): (&str, Option<bool>),
        diff: &mut Diff,
    ) -> Result<()> {
        let Some(loaded) = &self.loaded else { return Ok(()) };
        let mut ends = false;
        let mut address = current_address(loaded);
        if let Some(moved) = &self.moved {
            address = email::moved(&loaded.account, moved.email.clone());
            ends |= email::write(tx, author, &loaded.account, &address, moved.by)?;
            diff.and(journal::between(
                &named("email", loaded.account.email.as_deref()),
                &named("email", moved.email.as_deref()),
            ));
        }
        if self.renamed || self.moved.is_some() {
            email::rewrite_logins(tx, &loaded.account, name, &address)?;
        }
        if let Some(after) = &self.facts {
            ends |= self.write_facts(tx, author, loaded, after, active, diff)?;
        }
        if self.parks() {
            park(tx, loaded, self.parked.as_deref())?;
            diff.and(journal::between(&Map::new(), &named("parked_email", self.parked.as_deref())));
        }
        if ends {
            diff.tell("sessions", "ended");
        }
        Ok(())
    }

    fn write_facts(
        &self,
        tx: &mut Tx<'_>,
        author: Author<'_>,
        loaded: &Loaded,
        after: &Facts,
        active: Option<bool>,
        diff: &mut Diff,
    ) -> Result<bool> {
        let now = author.cx.now;
        let why = Why { actor: author.actor, reason: None };
        let (standing, changed) = loaded.write(tx, after, Some(active), why, now)?;
        diff.and(changed);
        let disabled = standing.status == Status::Disabled && loaded.facts.status(now) != Status::Disabled;
        if disabled {
            end_everything(tx, loaded.account.id)?;
            owners::keep_one_besides(tx, loaded.account.id)?;
        }
        Ok(disabled)
    }
}

fn current_address(loaded: &Loaded) -> rows::Address {
    let account = &loaded.account;
    rows::Address {
        email: account.email.clone(),
        email_verified: account.email_verified,
        verified_email: account.verified_email.clone(),
    }
}

fn named(name: &str, value: Option<&str>) -> Map<String, Value> {
    value.map(|value| (name.to_owned(), Value::from(value))).into_iter().collect()
}

/// Keeps an e-mail that a provisioner wrote and that was not taken over, for an administrator to see.
fn park(tx: &mut Tx<'_>, loaded: &Loaded, email: Option<&str>) -> Result<()> {
    let row = loaded.restriction.clone().unwrap_or_else(|| Restriction::none(loaded.account.id));
    rows::set_restriction(tx, &Restriction { parked_email: email.map(str::to_owned), ..row })
}

/// Parks the e-mail of a user who is new, or comes back, that somebody else has. What holds the account back goes on to.
pub(in crate::directory) fn park_taken(tx: &mut Tx<'_>, user: UserId, email: &str) -> Result<()> {
    let nobody = rows::Address { email: None, email_verified: false, verified_email: None };
    rows::set_address(tx, user, &nobody)?;
    let held = rows::restriction(tx, user)?.unwrap_or_else(|| Restriction::none(user));
    rows::set_restriction(tx, &Restriction { parked_email: Some(email.to_owned()), ..held })
}

/// Disables an account in the name of the connection that provisioned it; adds to the diff what differs. The caller
/// writes what SCIM shows.
pub(in crate::directory) fn disable(tx: &mut Tx<'_>, author: Author<'_>, user: UserId, diff: &mut Diff) -> Result<()> {
    let loaded = load(tx, author.tenant, user)?;
    let facts = Some(Facts { source_active: false, ..loaded.facts });
    let outcome = Outcome { facts, loaded: Some(loaded), ..Outcome::default() };
    outcome.write(tx, author, ("", Some(false)), diff)
}

/// What a user holds now.
pub(in crate::directory) fn living_holdings(tx: &mut Tx<'_>, author: Author<'_>, user: UserId) -> Result<Holdings> {
    let all = std::sync::Arc::new(grants::of_user(tx, author.tenant, user)?);
    Ok((*all.at(author.cx.now)).clone())
}
