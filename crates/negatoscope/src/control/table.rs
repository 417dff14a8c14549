//! What each order does. The only such table: over the socket or under the lock, it is the same function.

use super::{Order, Output};
use crate::backup;
use crate::commands::{clock, import, professional, retention, staff, verify};
use crate::rooms::Rooms;
use anyhow::Result;

/// Runs one.
pub(super) async fn run(order: Order, rooms: &Rooms, output: &dyn Output) -> Result<()> {
    match order {
        Order::StaffAdd { login, name, role, site, phc } => {
            staff::add(rooms, output, staff::Account { login, name, role, site, phc }).await
        }
        Order::StaffDisable { login } => staff::disable(rooms, output, &login).await,
        Order::StaffList => staff::list(rooms, output).await,
        Order::ProfessionalAdd { rpps, name, proof } => professional::add(rooms, output, &rpps, &name, &proof).await,
        Order::ProfessionalEnd { rpps } => professional::end(rooms, output, &rpps).await,
        Order::ProfessionalList => professional::list(rooms, output).await,
        Order::ClockShow => clock::show(rooms, output),
        Order::ClockConfirm { day } => clock::confirm(rooms, output, &day).await,
        Order::Import { path, legacy } => import::import(rooms, output, &path, legacy.as_deref()).await,
        Order::Retention { ask } => retention::answer(rooms, output, ask).await,
        Order::Backup { folder, without_keys } => backup::take(rooms, output, &folder, without_keys).await,
        Order::Verify => verify::verify(rooms, output).await,
    }
}
