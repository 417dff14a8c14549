//! Tests of the diffusion side.
