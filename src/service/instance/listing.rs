//! The list of all instances, and by which hosts they are found in it.

use kernel::{
    caller::{Authority, Instance},
    notice::Version,
};
use std::{collections::HashMap, sync::Arc};

/// Every instance of this server.
#[derive(Debug)]
pub struct Directory {
    /// At which version of the list it was read.
    pub version: Version,
    /// Oldest first.
    pub instances: Vec<Arc<Instance>>,
    /// The instances whose host has that name, oldest first, wherever the ports differ.
    by_name: HashMap<String, Vec<Arc<Instance>>>,
}

impl Directory {
    pub(super) fn new(version: Version, instances: Vec<Arc<Instance>>) -> Self {
        let mut by_name: HashMap<String, Vec<_>> = HashMap::with_capacity(instances.len());
        for instance in &instances {
            if let Some(own) = &instance.authority {
                let named = by_name.entry(own.name().to_owned()).or_default();
                named.push(Arc::clone(instance));
            }
        }
        Self {
            version,
            instances,
            by_name,
        }
    }

    /// The instance whose host that is.
    pub(super) fn at_host(&self, named: &Authority) -> Option<&Arc<Instance>> {
        let mut candidates = self.by_name.get(named.name())?.iter();
        candidates.find(|instance| is_at_host(instance, named))
    }
}

/// Whether that is the own host of an instance.
pub(super) fn is_at_host(instance: &Instance, named: &Authority) -> bool {
    let usual_port = if instance.is_secure() { 443 } else { 80 };
    let own = instance.authority.as_ref();
    own.is_some_and(|own| named.is_same(own, usual_port))
}
