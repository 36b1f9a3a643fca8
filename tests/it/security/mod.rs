//! What must never happen, each named after the rule or the advisory that it comes from.

mod amplification;
mod cookie;
mod crash;
mod cross_tenant;
mod csrf;
mod dump;
mod enumeration;
mod flood_http2;
mod graphql_limits;
mod half_authenticated;
mod internal_error;
mod jwt;
mod limiter_key;
mod lockout;
mod log_injection;
mod mail_host;
mod mass_assignment;
mod one_time_code;
mod password_flood;
mod path_spelling;
mod raw;
mod sealed;
mod session_fixation;
mod slow_connection;
mod strict_transport;
mod tls;
