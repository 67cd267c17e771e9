//! Who is here, and from where.

use super::{Store, StoreError, failed, user_id};

impl Store {
    /// Notes that a connection of `user` is here, or here again.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub async fn connection_came(&self, id: &str, user: &str, user_agent: &str) -> Result<(), StoreError> {
        let came = async {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
            let user = user_id(user, &mut *transaction).await?;
            sqlx::query(
                "INSERT INTO connections (id, user_id, user_agent, connected) VALUES (?, ?, ?, 1)
                 ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, user_agent = excluded.user_agent, connected = 1",
            )
            .bind(id)
            .bind(user)
            .bind(user_agent)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await
        };
        came.await.map_err(failed("note that a connection came"))
    }

    /// Notes that a connection has ended.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub async fn connection_went(&self, id: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE connections SET connected = 0 WHERE id = ?")
            .bind(id)
            .execute(&self.pool)
            .await
            .map_err(failed("note that a connection went"))?;
        Ok(())
    }

    /// Notes at the start of the program that nobody is here yet: a server that was killed noted nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub async fn nobody_is_connected(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE connections SET connected = 0 WHERE connected = 1")
            .execute(&self.pool)
            .await
            .map_err(failed("note that nobody is connected"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::Fresh;

    async fn rows(store: &Store) -> Vec<(String, String, String, bool)> {
        sqlx::query_as(
            "SELECT connections.id, users.name, user_agent, connected
             FROM connections JOIN users ON users.id = user_id ORDER BY connections.id",
        )
        .fetch_all(&store.pool)
        .await
        .unwrap()
    }

    fn row(id: &str, user: &str, agent: &str, connected: bool) -> (String, String, String, bool) {
        (id.into(), user.into(), agent.into(), connected)
    }

    #[tokio::test]
    async fn a_connection_comes_goes_and_comes_back() {
        let fresh = Fresh::new("connections");
        let store = fresh.store().await;
        store.connection_came("1", "ann", "browser").await.unwrap();
        store.connection_came("2", "ann", "telephone").await.unwrap();
        assert_eq!(rows(&store).await, [row("1", "ann", "browser", true), row("2", "ann", "telephone", true)]);

        store.connection_went("1").await.unwrap();
        store.connection_went("no such connection").await.unwrap();
        assert_eq!(rows(&store).await[0], row("1", "ann", "browser", false));

        store.connection_came("1", "ann", "browser").await.unwrap();
        assert_eq!(rows(&store).await[0], row("1", "ann", "browser", true));
    }

    #[tokio::test]
    async fn after_a_kill_nobody_is_connected() {
        let fresh = Fresh::new("killed");
        let store = fresh.store().await;
        store.connection_came("1", "ann", "").await.unwrap();
        store.nobody_is_connected().await.unwrap();
        assert_eq!(rows(&store).await, [row("1", "ann", "", false)]);
    }
}
