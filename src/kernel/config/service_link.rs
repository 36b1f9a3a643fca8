//! Variables that an orchestrator puts into every container, and that are therefore not the operator's.
//!
//! Kubernetes names one for each service of the namespace ("Discovering services", environment variables), and Docker's
//! links are where it has the names from. A service called `vestibule` or `vestibule-web` makes them begin as ours do.
//! Invariant: no setting of ours is ever passed over.

use super::variable::VARIABLES;

/// Whether `name` (which begins with `VESTIBULE_`) with this value tells of a service instead of being a setting. Where the
/// name alone could be a person's mistake, as `VESTIBULE_PORT=8080` is, the value decides.
pub(super) fn is_service_link(name: &str, value: &str) -> bool {
    if VARIABLES.iter().any(|(known, _, _)| *known == name) {
        return false;
    }
    let words: Vec<&str> = name.split('_').skip(1).collect();
    // What stands before belongs to the name of the service: `VESTIBULE_WEB_PORT_…`.
    (0..words.len()).any(|start| words.get(start..).is_some_and(|words| is_link(words, value)))
}

fn is_link(words: &[&str], value: &str) -> bool {
    match words {
        // Both of Kubernetes, the second with the name of a port behind it; and the variables of a container that Docker links.
        ["SERVICE", "HOST"] | ["ENV", _, ..] => true,
        ["SERVICE", "PORT", ..] => is_number(value),
        // The address of the first port, `tcp://10.0.0.1:4000`; Docker also tells the ends of a range.
        ["PORT"] | ["PORT", "START" | "END"] => is_address(value),
        ["PORT", number, "TCP" | "UDP" | "SCTP", of @ ..] => is_number(number) && is_of_port(of, value),
        // Docker: `/web/vestibule`.
        ["NAME"] => value.starts_with('/'),
        _ => false,
    }
}

fn is_of_port(words: &[&str], value: &str) -> bool {
    match words {
        [] | ["START" | "END"] => is_address(value),
        ["PROTO" | "PORT" | "ADDR"] | ["PORT", "START" | "END"] => true,
        _ => false,
    }
}

fn is_address(text: &str) -> bool {
    text.contains("://")
}

fn is_number(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{VARIABLES, is_service_link};

    #[test]
    fn what_kubernetes_and_docker_say_of_a_service_is_no_setting() {
        for (name, value) in [
            ("VESTIBULE_SERVICE_HOST", "10.96.0.17"),
            ("VESTIBULE_SERVICE_HOST", "fd00::17"),
            ("VESTIBULE_SERVICE_PORT", "4000"),
            ("VESTIBULE_SERVICE_PORT_HTTP", "4000"),
            ("VESTIBULE_SERVICE_PORT_HTTP_METRICS", "4000"),
            ("VESTIBULE_PORT", "tcp://10.96.0.17:4000"),
            ("VESTIBULE_PORT", "udp://[fd00::17]:4000"),
            ("VESTIBULE_PORT_4000_TCP", "tcp://10.96.0.17:4000"),
            ("VESTIBULE_PORT_4000_TCP_PROTO", "tcp"),
            ("VESTIBULE_PORT_4000_TCP_PORT", "4000"),
            ("VESTIBULE_PORT_4000_TCP_ADDR", "10.96.0.17"),
            ("VESTIBULE_PORT_53_UDP", "udp://10.96.0.17:53"),
            ("VESTIBULE_PORT_53_SCTP_ADDR", "10.96.0.17"),
            ("VESTIBULE_WEB_SERVICE_HOST", "10.96.0.18"),
            ("VESTIBULE_WEB_SERVICE_PORT_HTTP", "80"),
            ("VESTIBULE_WEB_PORT", "tcp://10.96.0.18:80"),
            ("VESTIBULE_POSTGRES_RW_PORT_5432_TCP_ADDR", "10.96.0.19"),
            ("VESTIBULE_SMTP_PORT", "tcp://10.96.0.20:25"),
            // Of a service called `vestibule-service`.
            ("VESTIBULE_SERVICE_PORT", "tcp://10.96.0.21:80"),
            ("VESTIBULE_PORT_START", "tcp://172.17.0.2:4000"),
            ("VESTIBULE_PORT_4000_TCP_END", "tcp://172.17.0.2:4010"),
            ("VESTIBULE_PORT_4000_TCP_PORT_END", "4010"),
            ("VESTIBULE_DB_NAME", "/web/vestibule-db"),
            ("VESTIBULE_DB_ENV_POSTGRES_PASSWORD", "hunter2"),
            ("VESTIBULE_ENV_VESTIBULE_LISTEN", "0.0.0.0:4000"),
        ] {
            assert!(is_service_link(name, value), "{name}={value}");
        }
    }

    #[test]
    fn what_a_person_may_have_meant_as_a_setting_is_not_passed_over() {
        for (name, value) in [
            ("VESTIBULE_PORT", "4000"),
            ("VESTIBULE_PORT", "127.0.0.1:4000"),
            ("VESTIBULE_SMTP_PORT", "25"),
            ("VESTIBULE_HOST", "10.96.0.17"),
            ("VESTIBULE_SERVICE", "10.96.0.17"),
            ("VESTIBULE_SERVICE_PORT", "http"),
            ("VESTIBULE_SERVICE_HOSTNAME", "vestibule"),
            ("VESTIBULE_PORT_HTTP", "tcp://10.96.0.17:4000"),
            ("VESTIBULE_PORT_4000", "tcp://10.96.0.17:4000"),
            ("VESTIBULE_PORT_99999_TCP_ADDR", "10.96.0.17"),
            ("VESTIBULE_PORT_4000_TCP", "4000"),
            ("VESTIBULE_NAME", "vestibule"),
            ("VESTIBULE_ENV", "production"),
            ("VESTIBULE_ENVIRONMENT", "production"),
            ("VESTIBULE_LISTNE", "127.0.0.1:4000"),
        ] {
            assert!(!is_service_link(name, value), "{name}={value}");
        }
    }

    #[test]
    fn no_setting_is_a_service_link_whatever_its_value() {
        for (name, _, _) in VARIABLES {
            for value in ["", "4000", "tcp://10.96.0.17:4000", "/web/vestibule"] {
                assert!(!is_service_link(name, value), "{name}");
            }
        }
    }
}
