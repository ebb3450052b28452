"""How the simulated photographs are drawn: brush strokes, vehicles, people, roads; all cached, all seeded."""
