module surroundings

go 1.24
