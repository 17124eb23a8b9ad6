"""What pages about people, permissions and settings ask for."""
