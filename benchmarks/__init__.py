"""Programs that measure, each printing its tables; nothing imports them but their tests."""
