SET NAMES utf8mb4;
CREATE TABLE `samples` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `tiny` tinyint(1) DEFAULT NULL, `whole` int NOT NULL DEFAULT 7, `price` decimal(12,2), `ratio` double, `short` float,
  `name` varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'a,b (c)' COMMENT 'it''s, a `comment` (;)',
  `note` text, `bytes` blob, `fixed` binary(4), `var` varbinary(20), `bits` bit(10), `doc` json, `day` date, `at` datetime(6), `stamp` timestamp NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP, `hour` time(3), `year` year,
  `kind` enum('a','b,c','d''e') DEFAULT 'a', `flags` set('x','y'), `pos` point, `twice` int GENERATED ALWAYS AS (`whole` * 2) VIRTUAL,
  PRIMARY KEY (`id`), KEY `k` (`name`(10)), UNIQUE KEY `u` (`whole`,`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='tab;le';
INSERT INTO samples (tiny, whole, price, ratio, short, name, note, bytes, fixed, `var`, bits, doc, day, at, stamp, hour, year, kind, flags, pos) VALUES
 (1, 2, 12345.60, 1.5e300, 0.1, 'plain', 'text', x'00ff5c270a0d1a22', x'00010203', x'', b'1000000001', '{"a": 1.10}', '2026-01-31', '2026-01-31 12:34:56.789012', '2026-01-31 12:34:56', '23:59:59.999', 2026, 'd''e', 'x,y', ST_GeomFromText('POINT(1 2)')),
 (NULL, 3, NULL, -0.0, NULL, 'tab\tnew\nline\rreturn\\back\0nul\Zsub\'q"dq%_', '', '', 'ab', 'NULL', b'0', NULL, NULL, NULL, NULL, '-01:02:03', NULL, NULL, '', NULL),
 (-1, 4, -0.01, 123456789.125, 1e-30, 'ünïcødé 😀 €', 'a''b`c;-- x /* y */', NULL, NULL, NULL, NULL, '[]', '0000-00-00', '1970-01-01 00:00:00', NULL, '838:59:59', 1901, 'b,c', NULL, NULL);
CREATE TABLE `odd ``name``.x` (`a b` int, `select` varchar(5), PRIMARY KEY (`select`,`a b`));
INSERT INTO `odd ``name``.x` VALUES (1,'x'),(2,'');
CREATE TABLE empty (id int PRIMARY KEY);
CREATE TABLE nokey (v longtext);
INSERT INTO nokey VALUES (''),(NULL),('(1),(2);\n');
DELIMITER ;;
CREATE TRIGGER t AFTER INSERT ON empty FOR EACH ROW BEGIN INSERT INTO nokey VALUES ('a;'); SET @x = 1; END;;
CREATE PROCEDURE p() BEGIN SELECT ';'; INSERT INTO nokey VALUES ('x'); END;;
DELIMITER ;
CREATE VIEW seen AS SELECT id, name FROM samples WHERE note = 'a;b';
