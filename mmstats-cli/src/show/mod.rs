//! Shows values to people: numbers, durations, table cells and text that is safe on a terminal.

pub(crate) mod cells;
pub(crate) mod human;
pub(crate) mod life;
pub(crate) mod suggest;
pub(crate) mod terminal;
