//! The frame around every page of the patient and the public.
