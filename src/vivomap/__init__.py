"""vivomap."""
