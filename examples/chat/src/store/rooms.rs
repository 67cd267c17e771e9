//! Which rooms are known, and which are kept for whom.

use super::{Store, StoreError, failed, user_id};

/// Whether a room could be kept for a user, or given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Kept {
    /// It is done, or was so already.
    Yes,
    /// There is no room of this name.
    UnknownRoom,
}

impl Store {
    /// Makes a room known; one that is known stays as it is.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub async fn create_room(&self, room: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO rooms (name) VALUES (?) ON CONFLICT (name) DO NOTHING")
            .bind(room)
            .execute(&self.pool)
            .await
            .map_err(failed("create a room"))?;
        Ok(())
    }

    /// Keeps `room` for `user`: whenever one of their connections comes, it joins.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub async fn keep_room(&self, user: &str, room: &str) -> Result<Kept, StoreError> {
        let kept = async {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
            let user = user_id(user, &mut *transaction).await?;
            sqlx::query("INSERT INTO user_rooms (user_id, room_id) SELECT ?, id FROM rooms WHERE name = ? ON CONFLICT DO NOTHING")
                .bind(user)
                .bind(room)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await
        };
        kept.await.map_err(failed("keep a room"))?;
        self.is_known(room).await
    }

    /// Gives `room` up for `user`; one that was not kept stays so.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub async fn give_up_room(&self, user: &str, room: &str) -> Result<Kept, StoreError> {
        sqlx::query(
            "DELETE FROM user_rooms
             WHERE user_id = (SELECT id FROM users WHERE name = ?) AND room_id = (SELECT id FROM rooms WHERE name = ?)",
        )
        .bind(user)
        .bind(room)
        .execute(&self.pool)
        .await
        .map_err(failed("give up a room"))?;
        self.is_known(room).await
    }

    /// The rooms kept for `user`, in the order of their bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub async fn rooms_of(&self, user: &str) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar(
            "SELECT rooms.name FROM rooms
             JOIN user_rooms ON user_rooms.room_id = rooms.id
             JOIN users ON users.id = user_rooms.user_id
             WHERE users.name = ? ORDER BY rooms.name",
        )
        .bind(user)
        .fetch_all(&self.pool)
        .await
        .map_err(failed("read the rooms of a user"))
    }

    async fn is_known(&self, room: &str) -> Result<Kept, StoreError> {
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM rooms WHERE name = ?)")
            .bind(room)
            .fetch_one(&self.pool)
            .await
            .map_err(failed("look up a room"))?;
        Ok(if known { Kept::Yes } else { Kept::UnknownRoom })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::Fresh;

    #[tokio::test]
    async fn a_room_is_kept_for_one_user_only() {
        let fresh = Fresh::new("kept");
        let store = fresh.store().await;
        store.create_room("tea").await.unwrap();
        store.create_room("tea").await.unwrap();
        store.create_room("Tea").await.unwrap();
        for room in ["tea", "tea", "Tea"] {
            assert_eq!(store.keep_room("ann", room).await.unwrap(), Kept::Yes);
        }
        assert_eq!(store.rooms_of("ann").await.unwrap(), ["Tea", "tea"]);
        assert_eq!(store.rooms_of("Ann").await.unwrap(), [""; 0]);

        assert_eq!(store.give_up_room("ann", "tea").await.unwrap(), Kept::Yes);
        assert_eq!(store.give_up_room("bob", "tea").await.unwrap(), Kept::Yes);
        assert_eq!(store.rooms_of("ann").await.unwrap(), ["Tea"]);
    }

    #[tokio::test]
    async fn an_unknown_room_is_not_kept() {
        let fresh = Fresh::new("unknown");
        let store = fresh.store().await;
        assert_eq!(store.keep_room("ann", "nowhere").await.unwrap(), Kept::UnknownRoom);
        assert_eq!(store.give_up_room("ann", "nowhere").await.unwrap(), Kept::UnknownRoom);
        assert_eq!(store.rooms_of("ann").await.unwrap(), [""; 0]);
    }

    #[tokio::test]
    async fn names_of_all_kinds_come_back_as_they_were() {
        let fresh = Fresh::new("names");
        let store = fresh.store().await;
        let long = "x".repeat(256);
        let mut names =
            ["*", ">", "a.b", "A", "a", "|", "nul\0nul", "💬", "__proto__", "'; DROP TABLE rooms; --", &long];
        for name in names {
            store.create_room(name).await.unwrap();
            assert_eq!(store.keep_room(name, name).await.unwrap(), Kept::Yes);
            assert_eq!(store.rooms_of(name).await.unwrap(), [name]);
            assert_eq!(store.keep_room("all", name).await.unwrap(), Kept::Yes);
        }
        names.sort_unstable();
        assert_eq!(store.rooms_of("all").await.unwrap(), names);
    }
}
