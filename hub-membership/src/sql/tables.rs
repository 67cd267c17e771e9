//! The statements. They are the same for each database, and written out for each, since what `sqlx` asks of code over any database is longer than they are.

macro_rules! tables {
    ($store:ty, $database:ty, $begin:expr) => {
        impl $crate::MembershipStore for $store {
            fn groups_of<'a>(
                &'a self,
                user: &'a hub_core::UserId,
            ) -> $crate::StoreFuture<'a, Vec<hub_core::GroupName>> {
                Box::pin(async move {
                    let rooms: Vec<String> = sqlx::query_scalar("SELECT room_name FROM hub_user_rooms WHERE user_name = $1")
                        .bind(super::text_of(user.as_str()))
                        .fetch_all(&self.pool)
                        .await
                        .map_err(super::failed)?;
                    Ok(rooms.iter().filter_map(|room| super::group(room)).collect())
                })
            }

            fn add<'a>(
                &'a self,
                user: &'a hub_core::UserId,
                group: &'a hub_core::GroupName,
            ) -> $crate::StoreFuture<'a, ()> {
                Box::pin(async move {
                    let (user, room) = (super::text_of(user.as_str()), super::text_of(group.as_str()));
                    let added = async {
                        let mut transaction = self.pool.begin_with($begin).await?;
                        // Users before rooms, so that two that add at the same time cannot wait for each other.
                        sqlx::query("INSERT INTO hub_users (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
                            .bind(&user)
                            .execute(&mut *transaction)
                            .await?;
                        sqlx::query("INSERT INTO hub_rooms (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
                            .bind(&room)
                            .execute(&mut *transaction)
                            .await?;
                        sqlx::query(
                            "INSERT INTO hub_user_rooms (user_name, room_name) VALUES ($1, $2)
                             ON CONFLICT (user_name, room_name) DO NOTHING",
                        )
                        .bind(&user)
                        .bind(&room)
                        .execute(&mut *transaction)
                        .await?;
                        transaction.commit().await
                    };
                    added.await.map_err(super::failed)
                })
            }

            fn remove<'a>(
                &'a self,
                user: &'a hub_core::UserId,
                group: &'a hub_core::GroupName,
            ) -> $crate::StoreFuture<'a, ()> {
                Box::pin(async move {
                    sqlx::query("DELETE FROM hub_user_rooms WHERE user_name = $1 AND room_name = $2")
                        .bind(super::text_of(user.as_str()))
                        .bind(super::text_of(group.as_str()))
                        .execute(&self.pool)
                        .await
                        .map_err(super::failed)?;
                    Ok(())
                })
            }

            fn groups_of_many<'a>(
                &'a self,
                users: &'a [hub_core::UserId],
            ) -> $crate::StoreFuture<'a, Vec<Vec<hub_core::GroupName>>> {
                Box::pin(async move {
                    let mut rows: Vec<(String, String)> = Vec::new();
                    let unique: std::collections::HashSet<_> = users.iter().collect();
                    let unique: Vec<_> = unique.into_iter().collect();
                    for users in unique.chunks(super::USERS_AT_ONCE) {
                        let mut query = sqlx::QueryBuilder::<$database>::new(
                            "SELECT user_name, room_name FROM hub_user_rooms WHERE user_name IN (",
                        );
                        let mut names = query.separated(", ");
                        for user in users {
                            names.push_bind(super::text_of(user.as_str()));
                        }
                        query.push(")");
                        rows.extend(query.build_query_as().fetch_all(&self.pool).await.map_err(super::failed)?);
                    }
                    Ok(super::answers(users, rows))
                })
            }
        }

        impl $crate::GroupDirectory for $store {
            fn create<'a>(&'a self, group: &'a hub_core::GroupName) -> $crate::StoreFuture<'a, ()> {
                Box::pin(async move {
                    sqlx::query("INSERT INTO hub_rooms (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
                        .bind(super::text_of(group.as_str()))
                        .execute(&self.pool)
                        .await
                        .map_err(super::failed)?;
                    Ok(())
                })
            }

            fn is_known<'a>(&'a self, group: &'a hub_core::GroupName) -> $crate::StoreFuture<'a, bool> {
                Box::pin(async move {
                    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM hub_rooms WHERE name = $1)")
                        .bind(super::text_of(group.as_str()))
                        .fetch_one(&self.pool)
                        .await
                        .map_err(super::failed)
                })
            }
        }

        impl $crate::ConnectionStore for $store {
            fn write<'a>(&'a self, rows: &'a [$crate::ConnectionRow]) -> $crate::StoreFuture<'a, ()> {
                Box::pin(async move {
                    // In one order, so that two servers that write at the same time cannot wait for each other.
                    let mut users: Vec<String> =
                        rows.iter().filter_map(|row| row.user.as_ref()).map(|user| super::text_of(user.as_str())).collect();
                    users.sort_unstable();
                    users.dedup();
                    let mut rows: Vec<&$crate::ConnectionRow> = rows.iter().collect();
                    rows.sort_unstable_by(|one, other| one.connection.cmp(&other.connection));
                    let written = async {
                        let mut transaction = self.pool.begin_with($begin).await?;
                        for users in users.chunks(super::ROWS_AT_ONCE) {
                            let mut query = sqlx::QueryBuilder::<$database>::new("INSERT INTO hub_users (name) ");
                            query.push_values(users, |mut values, user| {
                                values.push_bind(user);
                            });
                            query.push(" ON CONFLICT (name) DO NOTHING");
                            query.build().execute(&mut *transaction).await?;
                        }
                        for rows in rows.chunks(super::ROWS_AT_ONCE) {
                            let mut query = sqlx::QueryBuilder::<$database>::new(
                                "INSERT INTO hub_connections (id, user_name, server, address, user_agent, connected, changed_at) ",
                            );
                            query.push_values(rows, |mut values, row| {
                                values
                                    .push_bind(super::text_of(&row.connection))
                                    .push_bind(row.user.as_ref().map(|user| super::text_of(user.as_str())))
                                    .push_bind(super::text_of(&row.server))
                                    .push_bind(super::text_of(&row.address))
                                    .push_bind(super::text_of(&row.user_agent))
                                    .push_bind(row.connected)
                                    .push_bind(super::now());
                            });
                            // A connection that has moved to another server is that one's: its end on the old one says nothing.
                            query.push(
                                " ON CONFLICT (id) DO UPDATE SET user_name = excluded.user_name, server = excluded.server,
                                  address = excluded.address, user_agent = excluded.user_agent, connected = excluded.connected,
                                  changed_at = excluded.changed_at
                                  WHERE excluded.connected OR hub_connections.server = excluded.server",
                            );
                            query.build().execute(&mut *transaction).await?;
                        }
                        transaction.commit().await
                    };
                    written.await.map_err(super::failed)
                })
            }

            fn beat<'a>(&'a self, server: &'a str) -> $crate::StoreFuture<'a, bool> {
                Box::pin(async move {
                    let done = sqlx::query("UPDATE hub_servers SET beat = beat + 1 WHERE id = $1")
                        .bind(server)
                        .execute(&self.pool)
                        .await
                        .map_err(super::failed)?;
                    if done.rows_affected() > 0 {
                        return Ok(true);
                    }
                    sqlx::query("INSERT INTO hub_servers (id, beat) VALUES ($1, 1) ON CONFLICT (id) DO NOTHING")
                        .bind(server)
                        .execute(&self.pool)
                        .await
                        .map_err(super::failed)?;
                    Ok(false)
                })
            }

            fn beats(&self) -> $crate::StoreFuture<'_, Vec<(String, i64)>> {
                Box::pin(async move {
                    sqlx::query_as("SELECT id, beat FROM hub_servers").fetch_all(&self.pool).await.map_err(super::failed)
                })
            }

            fn bury<'a>(&'a self, server: &'a str, beat: Option<i64>) -> $crate::StoreFuture<'a, bool> {
                Box::pin(async move {
                    let buried = async {
                        let mut transaction = self.pool.begin_with($begin).await?;
                        let done = sqlx::query("DELETE FROM hub_servers WHERE id = $1 AND ($2 OR beat = $3)")
                            .bind(server)
                            .bind(beat.is_none())
                            .bind(beat.unwrap_or_default())
                            .execute(&mut *transaction)
                            .await?;
                        if done.rows_affected() == 0 {
                            return Ok(false);
                        }
                        sqlx::query(
                            "UPDATE hub_connections SET connected = FALSE, changed_at = $2 WHERE server = $1 AND connected",
                        )
                        .bind(server)
                        .bind(super::now())
                        .execute(&mut *transaction)
                        .await?;
                        transaction.commit().await?;
                        Ok(true)
                    };
                    buried.await.map_err(super::failed)
                })
            }

            fn connections_of<'a>(
                &'a self,
                user: &'a hub_core::UserId,
            ) -> $crate::StoreFuture<'a, Vec<$crate::ConnectionRow>> {
                Box::pin(async move {
                    let rows: Vec<super::StoredRow> = sqlx::query_as(
                        "SELECT id, user_name, server, address, user_agent, connected FROM hub_connections
                         WHERE user_name = $1 ORDER BY id",
                    )
                    .bind(super::text_of(user.as_str()))
                    .fetch_all(&self.pool)
                    .await
                    .map_err(super::failed)?;
                    Ok(rows.into_iter().map(super::connection_row).collect())
                })
            }

            fn connected(&self, at_most: u32) -> $crate::StoreFuture<'_, Vec<$crate::ConnectionRow>> {
                Box::pin(async move {
                    let rows: Vec<super::StoredRow> = sqlx::query_as(
                        "SELECT id, user_name, server, address, user_agent, connected FROM hub_connections
                         WHERE connected ORDER BY id LIMIT $1",
                    )
                    .bind(i64::from(at_most))
                    .fetch_all(&self.pool)
                    .await
                    .map_err(super::failed)?;
                    Ok(rows.into_iter().map(super::connection_row).collect())
                })
            }

            fn forget(&self, older_than: std::time::Duration) -> $crate::StoreFuture<'_, ()> {
                Box::pin(async move {
                    let age = i64::try_from(older_than.as_secs()).unwrap_or(i64::MAX);
                    sqlx::query("DELETE FROM hub_connections WHERE NOT connected AND changed_at < $1")
                        .bind(super::now().saturating_sub(age))
                        .execute(&self.pool)
                        .await
                        .map_err(super::failed)?;
                    Ok(())
                })
            }
        }
    };
}

pub(super) use tables;
