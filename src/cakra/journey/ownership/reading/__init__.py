"""Reading a register file: its columns, its rows judged, and each sealed before it is stored."""
