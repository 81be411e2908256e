/*M!999999\- enable the sandbox mode */ 

CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci */;

USE `shop`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `empty` (
  `id` int(11) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_general_ci */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = '' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t AFTER INSERT ON empty FOR EACH ROW BEGIN INSERT INTO nokey VALUES ('a;'); SET @x = 1; END 
*/;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `nokey` (
  `v` longtext DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `nokey` VALUES
(''),
(NULL),
('(1),(2);\n');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `odd ``name``.x` (
  `a b` int(11) NOT NULL,
  `select` varchar(5) NOT NULL,
  PRIMARY KEY (`select`,`a b`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `odd ``name``.x` VALUES
(2,''),
(1,'x');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `samples` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `tiny` tinyint(1) DEFAULT NULL,
  `whole` int(11) NOT NULL DEFAULT 7,
  `price` decimal(12,2) DEFAULT NULL,
  `ratio` double DEFAULT NULL,
  `short` float DEFAULT NULL,
  `name` varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'a,b (c)' COMMENT 'it''s, a `comment` (;)',
  `note` text DEFAULT NULL,
  `bytes` blob DEFAULT NULL,
  `fixed` binary(4) DEFAULT NULL,
  `var` varbinary(20) DEFAULT NULL,
  `bits` bit(10) DEFAULT NULL,
  `doc` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`doc`)),
  `day` date DEFAULT NULL,
  `at` datetime(6) DEFAULT NULL,
  `stamp` timestamp NULL DEFAULT NULL ON UPDATE current_timestamp(),
  `hour` time(3) DEFAULT NULL,
  `year` year(4) DEFAULT NULL,
  `kind` enum('a','b,c','d''e') DEFAULT 'a',
  `flags` set('x','y') DEFAULT NULL,
  `pos` point DEFAULT NULL,
  `twice` int(11) GENERATED ALWAYS AS (`whole` * 2) VIRTUAL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `u` (`whole`,`name`),
  KEY `k` (`name`(10))
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='tab;le';
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `samples` VALUES
(1,1,2,12345.60,1.5e300,0.1,'plain','text','\0�\\\'\n\r\Z\"','\0','','','{\"a\": 1.10}','2026-01-31','2026-01-31 12:34:56.789012','2026-01-31 12:34:56','23:59:59.999',2026,'d\'e','x,y','\0\0\0\0\0\0\0\0\0\0\0\0\0�?\0\0\0\0\0\0\0@',4),
(2,NULL,3,NULL,0,NULL,'tab	new\nline\rreturn\\back\0nul\Zsub\'q\"dq%_','','','ab\0\0','NULL','\0\0',NULL,NULL,NULL,NULL,'-01:02:03.000',NULL,NULL,'',NULL,6),
(3,-1,4,-0.01,123456789.125,1e-30,'ünïcødé 😀 €','a\'b`c;-- x /* y */',NULL,NULL,NULL,NULL,'[]','0000-00-00','1970-01-01 00:00:00.000000',NULL,'838:59:59.000',1901,'b,c',NULL,NULL,8);
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `seen` AS SELECT
 NULL AS `id`,
 NULL AS `name` */;
SET character_set_client = @saved_cs_client;

USE `shop`;
/*!50001 DROP VIEW IF EXISTS `seen`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `seen` AS select `samples`.`id` AS `id`,`samples`.`name` AS `name` from `samples` where `samples`.`note` = 'a;b' */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
