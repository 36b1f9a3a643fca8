use super::{Due, due};
use entity::id::{ClientId, ID_ENTROPY_BYTES, InstanceId, SessionId, TypedId, UserId};
use kernel::notice::Notice;
use sea_orm::{DbBackend, Statement};

const NOW: i64 = 1_795_000_000_000;

fn id<I: TypedId>() -> I {
    I::generate(NOW, [1; ID_ENTROPY_BYTES])
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of statements")]
fn what_is_due_is_read_from_the_table_and_from_whom_the_statement_names() {
    let (client, session, user, instance) = (id::<ClientId>(), id::<SessionId>(), id::<UserId>(), id::<InstanceId>());
    let texts = [
        client.to_string(),
        session.to_string(),
        user.to_string(),
        instance.to_string(),
    ];
    let [c, s, u, i] = texts.each_ref().map(String::as_str);
    let told = |notice: Notice| Due::OneOf(vec![notice]);
    let nothing = || Due::OneOf(Vec::new());
    let (of_client, of_user) = (Notice::Client(client), Notice::User(user));
    let of_instance = Notice::Instance(instance);
    for (sql, values, expected) in [
        (r#"SELECT "id" FROM "client" WHERE "id" = ?"#, vec![c], nothing()),
        (
            r#"INSERT INTO "client" ("id") VALUES (?)"#,
            vec![c, i],
            told(of_client.clone()),
        ),
        (
            r#"UPDATE "session" SET "status" = ? WHERE "client_id" = ?"#,
            vec!["ended", c, i],
            told(of_client),
        ),
        (
            r#"UPDATE "session" SET "status" = ? WHERE "id" = ?"#,
            vec!["ended", s],
            Due::Unknown("session"),
        ),
        (
            r#"UPDATE "session" SET "last_active_at" = ?, "updated_at" = ? WHERE "id" = ?"#,
            vec![s],
            nothing(),
        ),
        (
            r#"UPDATE "user" SET "last_active_at" = ? WHERE "id" = ?"#,
            vec![u],
            nothing(),
        ),
        (
            r#"UPDATE "user" SET "last_sign_in_at" = ?, "last_active_at" = ? WHERE "id" = ?"#,
            vec![u, i],
            told(of_user.clone()),
        ),
        (
            r#"DELETE FROM "lockout" WHERE "subject" IN (?, ?)"#,
            vec![u, "nobody_1"],
            told(of_user.clone()),
        ),
        (
            r#"DELETE FROM "lockout" WHERE "subject" IN (?)"#,
            vec!["nobody_1"],
            nothing(),
        ),
        (
            r#"INSERT INTO "identification" ("id") VALUES (?)"#,
            vec!["idn_1"],
            nothing(),
        ),
        (
            r#"UPDATE "identification" SET "user_id" = ? WHERE "id" = ?"#,
            vec![u],
            told(of_user),
        ),
        (
            r#"UPDATE "instance" SET "settings" = ? WHERE "id" = ?"#,
            vec!["{}", i],
            told(of_instance),
        ),
        (r#"DELETE FROM "user""#, vec![], Due::Unknown("user")),
        (r#"INSERT INTO "job" ("id") VALUES (?)"#, vec![u], nothing()),
    ] {
        let values: Vec<sea_orm::Value> = values.into_iter().map(Into::into).collect();
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        assert_eq!(due(&statement), expected, "{sql}");
    }
}
