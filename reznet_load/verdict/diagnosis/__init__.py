"""Where the time went and which known pattern of trouble was there, each with its evidence."""
