//! The routes, asked as a browser asks them.

mod frames;
mod grants;
mod lists;
mod rig;
