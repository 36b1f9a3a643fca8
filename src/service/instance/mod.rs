//! Instances: the first start, creation, resolution by key or host, and their settings.

mod bootstrap;
mod create;
mod directory;
mod key;
pub mod listing;
mod publishable_key;
mod settings;

pub use bootstrap::{FirstInstance, FirstOrigin, bootstrap};
pub use create::{CreateInstance, Created, create};
pub use directory::{all, by_host, by_id};
pub use key::{SecretKeyState, authenticate_secret_key, create_secret_key, list_secret_keys};
pub use publishable_key::{is_key_segment, key_segment};
pub use settings::{environment, patch_settings, record_home_origin, settings, update_settings};
