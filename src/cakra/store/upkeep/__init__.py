"""The upkeep of the database: migrations, roles, the pooler, which tables grow, and erasing."""
