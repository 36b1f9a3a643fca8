//! E-mail addresses that were stored with a domain as name servers have it get it as people read it, which is the form that
//! every spelling of a domain has by now. Where the other spelling is taken already, both stay as they are.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait};
use sea_orm_migration::sea_orm::{ConnectionTrait as _, Statement};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = manager.get_database_backend();
        let encoded = "SELECT id, value FROM identification WHERE kind = 'email_address' AND value LIKE '%@%xn--%'";
        for row in connection
            .query_all_raw(Statement::from_string(backend, encoded))
            .await?
        {
            let (id, value): (String, String) = (row.try_get("", "id")?, row.try_get("", "value")?);
            let Some((local, domain)) = value.rsplit_once('@') else {
                continue;
            };
            let (readable, read) = idna::domain_to_unicode(domain);
            if read.is_err() || readable == domain {
                continue;
            }
            let update = "UPDATE identification SET value = $1 WHERE id = $2 AND NOT EXISTS (SELECT 1 FROM identification AS \
                          other WHERE other.instance_id = identification.instance_id AND other.kind = identification.kind \
                          AND other.value = $1 AND other.claimed)";
            let values = [format!("{local}@{readable}").into(), id.into()];
            connection
                .execute_raw(Statement::from_sql_and_values(backend, update, values))
                .await?;
        }
        Ok(())
    }
}
