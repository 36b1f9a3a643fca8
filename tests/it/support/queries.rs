//! The operations that tests use most, in the form an application would write them.

pub const SIGN_UP: &str = "id status missingFields unverifiedFields createdUserId createdSessionId";
pub const SIGN_IN: &str = "id status identifier createdSessionId supportedFirstFactors { strategy emailAddressId } \
                           supportedSecondFactors { strategy }";
pub const USER_ERRORS: &str =
    "userErrors { code message longMessage field minimum maximum attemptsLeft retryAfterSeconds sessionId meta }";

pub const TOTP: &str = "id secret uri qrCode verified backupCodes";

/// A mutation of one field whose payload has what is selected, the client's sessions and the user errors.
pub fn bare_mutation(name: &str, selection: &str) -> String {
    let input = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    format!(
        "mutation($input: {input}!) {{ {name}(input: $input) {{ {selection} \
         client {{ id sessions {{ id status }} }} {USER_ERRORS} }} }}"
    )
}

/// A mutation of one field whose payload has `resource { selection }`, the client's sessions and the user errors.
pub fn mutation(name: &str, resource: &str, selection: &str) -> String {
    let input = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    format!(
        "mutation($input: {input}!) {{ {name}(input: $input) {{ {resource} {{ {selection} }} \
         client {{ id sessions {{ id status }} }} {USER_ERRORS} }} }}"
    )
}
